/** The powers of a local deployment, executed by its supervisor. */

import * as v from "valibot";
import { InvalidInputError } from "../../core/text/errors.ts";
import { type ComponentId, isComponentId } from "../../core/words/ids.ts";
import type { LinkId, Links, Processes } from "../deployment.ts";
import type { PlannedProcess } from "../recipe.ts";
import { askSupervisor } from "./ask.ts";
import type { Folder } from "./folder/folder.ts";
import { deployedLinksOf, linkId, type Plan } from "./plan.ts";
import { isReady } from "./readiness.ts";
import { STOP_GRACE_MS } from "./supervisor/child.ts";
import type { ComponentCall, LinkCall } from "./supervisor/control.ts";

const Answer = v.array(
  v.object({
    id: v.pipe(v.string(), v.guard(isComponentId)),
    kind: v.string(),
    address: v.string(),
    linkAddresses: v.array(v.string()),
    state: v.picklist(["running", "hung", "exited", "stopped", "never-started"]),
    pid: v.exactOptional(v.number()),
    startedAtMs: v.exactOptional(v.number()),
    exit: v.exactOptional(v.object({ atMs: v.number(), code: v.nullable(v.number()), signal: v.nullable(v.string()) })),
  }),
);

/** Power over the processes of a plan. */
export function processesOf(plan: Plan, folder: Folder): Processes {
  const tell =
    (verb: ComponentCall["verb"]) =>
    async (component: ComponentId, signal?: AbortSignal): Promise<void> =>
      void (await askSupervisor(folder, { path: "/components", call: { verb, component }, signal }));
  return {
    list: async (signal) => v.parse(Answer, await askSupervisor(folder, { path: "/components", signal })),
    start: tell("start"),
    restart: tell("restart"),
    resume: tell("resume"),
    stop: tell("stop"),
    kill: tell("kill"),
    hang: tell("hang"),
    sends(verb, component) {
      const end = `SIGTERM to the process of ${component}, SIGKILL if it still exists ${STOP_GRACE_MS / 1000}s later`;
      const spawn = `spawn ${processOf(plan, component).command.join(" ")}`;
      switch (verb) {
        case "start":
          return spawn;
        case "stop":
          return end;
        case "restart":
          return `${end}, then ${spawn}`;
        case "resume":
          return `SIGCONT to the process of ${component}`;
      }
    },
  };
}

/** Power over the links of a plan. */
export function linksOf(plan: Plan, folder: Folder): Links {
  async function tell(call: LinkCall, signal?: AbortSignal): Promise<void> {
    await askSupervisor(folder, { path: "/links", call, signal });
  }
  return {
    all: deployedLinksOf(plan),
    passes: (link, signal) => {
      const { to, address } = linkOf(plan, link);
      return isReady(processOf(plan, to).ready, { address, folder, signal });
    },
    cut: (link, signal) => tell({ verb: "cut", link }, signal),
    delay: (link, delayMs, signal) => tell({ verb: "delay", link, delayMs }, signal),
    throttle: (link, bytesPerSecond, signal) => tell({ verb: "throttle", link, bytesPerSecond }, signal),
    heal: (link, signal) => tell({ verb: "heal", link }, signal),
  };
}

/**
 * The process of a component.
 * @throws {InvalidInputError} If there is none of that id.
 */
export function processOf({ processes }: Plan, component: ComponentId): PlannedProcess {
  const found = processes.find(({ id }) => id === component);
  if (found) return found;
  const known = processes.map(({ id }) => id).join(", ");
  throw new InvalidInputError(`Cannot find component "${component}", expected one of ${known}`);
}

function linkOf({ links }: Plan, id: LinkId): Plan["links"][number] {
  const found = links.find((link) => linkId(link) === id);
  if (found) return found;
  throw new InvalidInputError(`Cannot find link "${id}", expected one of ${links.map(linkId).join(", ")}`);
}
