/** The command tree. Descriptions stand here, so that help loads no command; each is loaded only when it is named. */

import type { Runnable } from "./command.ts";

/** A command, or a name with commands below it. */
export interface Branch {
  readonly description: string;
  /** Works, but is for other processes and not for people. */
  readonly hidden?: boolean;
  readonly load?: () => Promise<Runnable>;
  readonly commands?: ReadonlyMap<string, Branch>;
}

/** Everything that can follow `operator`. */
export const COMMANDS: ReadonlyMap<string, Branch> = new Map<string, Branch>([
  [
    "demo",
    {
      description: "Break a real cluster and watch it being noticed, explained, mended and verified",
      load: () => import("./demo.ts").then(({ demo }) => demo),
    },
  ],
  [
    "up",
    { description: "Bring up a subject's cluster on this machine", load: () => import("./up.ts").then(({ up }) => up) },
  ],
  [
    "status",
    {
      description: "Show the deployments that run on this machine",
      load: () => import("./status.ts").then(({ status }) => status),
    },
  ],
  ["logs", { description: "Print the log of one component", load: () => import("./logs.ts").then(({ logs }) => logs) }],
  [
    "down",
    { description: "Take a deployment of this machine down", load: () => import("./down.ts").then(({ down }) => down) },
  ],
  [
    "watch",
    {
      description: "Observe subjects and file a ticket for each invariant that stays violated",
      load: () => import("./watch.ts").then(({ watch }) => watch),
    },
  ],
  [
    "load",
    {
      description: "Send traffic to a rate limiter, open loop unless told otherwise",
      load: () => import("./load.ts").then(({ load }) => load),
    },
  ],
  [
    "serve-limiter",
    {
      description: "Run one node of the distributed rate limiter",
      load: () => import("./serve-limiter.ts").then(({ serveLimiter }) => serveLimiter),
    },
  ],
  [
    "supervise",
    {
      description: "Hold the processes of one local deployment",
      hidden: true,
      load: () => import("./supervise.ts").then(({ supervise }) => supervise),
    },
  ],
  [
    "completions",
    {
      description: "Print a completion script for bash, zsh or fish",
      load: () => import("./completions.ts").then(({ completions }) => completions),
    },
  ],
]);
