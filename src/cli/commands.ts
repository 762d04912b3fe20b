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
    "completions",
    {
      description: "Print a completion script for bash, zsh or fish",
      load: () => import("./completions.ts").then(({ completions }) => completions),
    },
  ],
]);
