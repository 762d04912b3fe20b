/** `operator chaos`: which faults there are, which are in force, and the end of them. */

import * as v from "valibot";
import { systemClock } from "../../../io/clock.ts";
import { operatorHome } from "../../../io/files/home.ts";
import { renderFaults, renderInjections } from "../../../render/lab/fault.ts";
import { labIds, loadLab } from "../../../runtime/subjects/labs.ts";
import { injectionViews } from "../../../runtime/views/injections.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT } from "../../args/exit-code.ts";
import { NO_INSTANCE, printJson, printText } from "../../args/output.ts";
import { healAndTell } from "./heal.ts";

const HOME = { home: { type: "string", description: "Folder of all state", valueHint: "folder" } } as const;
const JSON_FLAG = { json: { type: "boolean", description: "Print JSON, one line each" } } as const;

const list: Runnable = command({
  name: "chaos list",
  args: {
    subject: { type: "string", description: "Only faults of this subject", valueHint: "subject" },
    ...HOME,
    ...JSON_FLAG,
  },
  options: v.object({
    subject: v.optional(v.string()),
    home: v.optional(v.string()),
    json: v.optional(v.boolean(), false),
  }),
  async run({ subject, home, json }) {
    await healAndTell(operatorHome(home), "expired");
    for (const id of subject === undefined ? labIds() : [subject]) {
      const { faults } = await loadLab(id);
      if (json) for (const fault of faults) printJson(NO_INSTANCE, { subject: id, ...fault });
      else printText(NO_INSTANCE, ...renderFaults(faults));
    }
  },
});

const status: Runnable = command({
  name: "chaos status",
  args: { all: { type: "boolean", description: "Include healed faults" }, ...HOME, ...JSON_FLAG },
  options: v.object({
    all: v.optional(v.boolean(), false),
    home: v.optional(v.string()),
    json: v.optional(v.boolean(), false),
  }),
  async run({ all, home: flag, json }, { log }) {
    const home = operatorHome(flag);
    await healAndTell(home, "expired");
    const views = await injectionViews(home, { all });
    if (json) return views.forEach(({ injection, instance }) => printJson(instance, injection));
    if (views.length === 0) return log.info("No fault is in force");
    printText(
      views.map(({ instance }) => instance),
      ...renderInjections(views, systemClock.now()),
    );
  },
});

const heal: Runnable = command({
  name: "chaos heal",
  args: { all: { type: "boolean", description: "Include faults that another process still holds" }, ...HOME },
  options: v.object({ all: v.optional(v.boolean(), false), home: v.optional(v.string()) }),
  async run({ all, home: flag }, { log }) {
    const home = operatorHome(flag);
    if (!(await healAndTell(home, all ? "all" : "expired"))) return EXIT.failed;
    const { length: left } = await injectionViews(home);
    log.info(left === 0 ? "No fault is in force" : `${left} still in force; --all heals them, too`);
    return EXIT.done;
  },
});

/** The commands by name. */
export const chaos = { list, status, heal } as const satisfies Readonly<Record<string, Runnable>>;
