/** `operator ladder`: how far the operator may go without a person. */

import * as v from "valibot";
import { setLadder } from "../../../actions/control.ts";
import { type Ladder, LOWEST } from "../../../core/safety/ladder.ts";
import { UsageError } from "../../../core/text/errors.ts";
import { Count } from "../../../core/text/units.ts";
import type { EmulatedMark, InstanceName } from "../../../core/words/instance.ts";
import { titleOf } from "../../../core/words/instance.ts";
import { RISKS } from "../../../core/words/risk.ts";
import { renderHead } from "../../../render/records/audit.ts";
import { renderLadder } from "../../../render/records/ladder.ts";
import { openOrCreate, openStored, type Place } from "../../../runtime/databases.ts";
import { type InstanceChoice, namedInstances, oneInstanceName } from "../../../runtime/instances.ts";
import { byHand } from "../../../runtime/person.ts";
import { command, type Runnable } from "../../args/command.ts";
import { INSTANCE_ARGS, InstanceOptions, STORED_ARGS, StoredOptions } from "../../args/flags/stored-flags.ts";
import { printJson, printText } from "../../args/output.ts";

const RUNGS = ["observe", "approve", "auto"] as const;

const show: Runnable = command({
  name: "ladder show",
  args: { ...INSTANCE_ARGS, ...STORED_ARGS },
  options: v.object({ ...InstanceOptions, ...StoredOptions }),
  async run({ json, ...place }, { log }) {
    using database = openStored(place);
    const halted = database.safety.halted();
    const instances = await namedInstances(database, place);
    if (instances.length === 0 && !json) log.info(`Nothing was watched yet: ${renderLadder(LOWEST, halted)}`);
    for (const instance of instances) {
      const ladder = database.safety.ladder(instance.id);
      const { subject, name } = instance;
      if (json) printJson(instance, { subject, instance: name, ladder, ...(halted && { halted }) });
      else printText(instance, `${titleOf(instance)}: ${renderLadder(ladder, halted)}`);
    }
  },
});

const set: Runnable = command({
  name: "ladder set",
  args: {
    rung: { type: "positional", description: "observe, approve or auto", valueHint: RUNGS.join("|") },
    "per-hour": {
      type: "string",
      description: "With auto: maximum of effects per hour without approval; 60 by default",
      valueHint: "count",
    },
    "up-to": { type: "enum", options: [...RISKS], description: "With auto: highest risk that runs without approval" },
    ...INSTANCE_ARGS,
    ...STORED_ARGS,
  },
  options: v.object({
    rung: v.picklist(RUNGS),
    upTo: v.optional(v.picklist(RISKS)),
    perHour: v.optional(v.pipe(Count, v.minValue(1, "Cannot permit less than 1, expected 1 or more"))),
    ...InstanceOptions,
    ...StoredOptions,
  }),
  async run({ rung, upTo, perHour, ...place }, { log }) {
    const ladder = ladderOf(rung, { upTo, perHour });
    const name = await wanted(place);
    using database = openOrCreate(place);
    const ensured = database.instances.ensure(name);
    const instance = name.emulated ? database.instances.mark(ensured, true) : ensured;
    setLadder(database, instance.id, { ladder, ...byHand("By hand") });
    printText(instance, `${titleOf(instance)}: ${renderLadder(ladder)}`);
    log.info(renderHead(database.audit.head()));
  },
});

/** The commands of `operator ladder` by name. */
export const ladder = { show, set } as const satisfies Readonly<Record<string, Runnable>>;

/** What runs and was not watched yet has a ladder, too. */
async function wanted(place: Place & InstanceChoice): Promise<InstanceName & EmulatedMark> {
  using database = openStored(place);
  return await oneInstanceName(database, place);
}

interface AutoOnly {
  readonly upTo: (typeof RISKS)[number] | undefined;
  readonly perHour: number | undefined;
}

function ladderOf(rung: (typeof RUNGS)[number], { upTo, perHour }: AutoOnly): Ladder {
  if (rung !== "auto") {
    if (upTo === undefined && perHour === undefined) return { rung };
    throw new UsageError(`Cannot use --${upTo ? "up-to" : "per-hour"} with ${rung}, expected it with auto only`);
  }
  if (upTo !== undefined) return { rung, upTo, ...(perHour !== undefined && { perHour }) };
  throw new UsageError(`Cannot set auto without --up-to, expected ${RISKS.join(", ")}`);
}
