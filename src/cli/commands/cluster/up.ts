/** `operator up`: brings a subject's cluster up on this machine and leaves it running. */

import * as v from "valibot";
import { type Deployment, instanceOf, isEmulated } from "../../../deployments/deployment.ts";
import { bringUp } from "../../../deployments/mod.ts";
import { operatorHome } from "../../../io/files/home.ts";
import { tableLines } from "../../../render/table.ts";
import { missingError } from "../../args/arguments.ts";
import type { Runnable } from "../../args/command.ts";
import { EXIT } from "../../args/exit-code.ts";
import { labCommand } from "../../args/lab-command.ts";
import { printJson, printText, talkOf } from "../../args/output.ts";

const SUBJECT = { type: "positional", description: "What to run", valueHint: "lab" } as const;

/** Returns when everything is ready; Ctrl-C before that takes all of it down. Size and settings are the lab's. */
export const up: Runnable = labCommand({
  name: "up",
  args: {
    subject: SUBJECT,
    name: { type: "string", description: "Name of the instance; by default the subject's" },
    runtime: { type: "enum", options: ["local"], default: "local", description: "Where it runs: as processes here" },
    "take-over": {
      type: "boolean",
      description: "Take over a name that another machine or container still holds",
    },
    home: { type: "string", description: "Folder of all state", valueHint: "folder" },
    json: { type: "boolean", description: "Print JSON" },
  },
  options: v.object({
    subject: v.optional(v.string()),
    name: v.optional(v.string()),
    runtime: v.picklist(["local"]),
    takeOver: v.optional(v.boolean(), false),
    home: v.optional(v.string()),
    json: v.optional(v.boolean(), false),
  }),
  flagsOf: (lab) => lab.up,
  async subjectOf({ subject }) {
    if (subject === undefined) throw missingError("subject", SUBJECT);
    return subject;
  },
  async run({ home, name, takeOver, json }, { made: recipe }, { log, signal }) {
    const deployment = await bringUp(
      { home: operatorHome(home), recipe, takeOver, ...(name !== undefined && { name }) },
      { signal, onReady: (component) => log.info(`Ready: ${component}`) },
    );
    await report(deployment, json);
    const which = name === undefined ? "" : ` --name ${name}`;
    if (isEmulated(deployment)) log.info("Emulated: these processes stand in for the real ones");
    talkOf(instanceOf(deployment), log).info(`Up: ${deployment.id}; "operator down${which}" takes it down`);
    return EXIT.done; // an interruption came too late
  },
});

async function report(deployment: Deployment, json: boolean): Promise<void> {
  const { id, subject } = deployment;
  const components = (await deployment.processes?.list()) ?? deployment.components;
  if (json) return printJson(instanceOf(deployment), { name: id, subject, components });
  printText(instanceOf(deployment), ...tableLines(components.map((component) => [component.id, component.address])));
}
