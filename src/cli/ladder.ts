/** `operator ladder`, `halt` and `resume`: how far the operator may go without a person. */

import * as v from "valibot";
import { halt as haltAll, resume as resumeAll, setLadder } from "../actions/control.ts";
import { RISKS } from "../core/action.ts";
import { UsageError } from "../core/errors.ts";
import type { Ladder } from "../core/ladder.ts";
import { command, type Runnable } from "./command.ts";
import { printJson, printText } from "./output.ts";
import { renderLadder } from "./render/ladder.ts";
import { byHand, fittingInstances, oneInstance, openStored, titleOf } from "./stored.ts";
import { INSTANCE_ARGS, InstanceOptions, STORED_ARGS, StoredOptions } from "./stored-flags.ts";

const RUNGS = ["observe", "approve", "auto"] as const;

const show: Runnable = command({
  name: "ladder show",
  description: "Show how far each instance may be acted upon",
  args: { ...INSTANCE_ARGS, ...STORED_ARGS },
  options: v.object({ ...InstanceOptions, ...StoredOptions }),
  async run({ json, ...place }) {
    using database = openStored(place);
    const halted = database.safety.halted();
    for (const instance of fittingInstances(database, place)) {
      const ladder = database.safety.ladder(instance.id);
      if (json) printJson({ subject: instance.subject, instance: instance.name, ladder, ...(halted && { halted }) });
      else printText(`${titleOf(instance)}: ${renderLadder(ladder, halted)}`);
    }
  },
});

const set: Runnable = command({
  name: "ladder set",
  description: "Set how far an instance may be acted upon",
  args: {
    rung: { type: "positional", description: "observe, approve or auto", valueHint: RUNGS.join("|") },
    "up-to": { type: "enum", options: [...RISKS], description: "With auto: the riskiest that runs by itself" },
    ...INSTANCE_ARGS,
    ...STORED_ARGS,
  },
  options: v.object({
    rung: v.picklist(RUNGS, `Expected ${RUNGS.join(", ")}`),
    upTo: v.optional(v.picklist(RISKS)),
    ...InstanceOptions,
    ...StoredOptions,
  }),
  async run({ rung, upTo, ...place }) {
    const ladder = ladderOf(rung, upTo);
    using database = openStored(place);
    const instance = oneInstance(database, place);
    setLadder(database, instance.id, { ladder, ...byHand("By hand") });
    printText(`${titleOf(instance)}: ${renderLadder(ladder)}`);
  },
});

/** The commands of `operator ladder` by name. */
export const ladder = { show, set } as const satisfies Readonly<Record<string, Runnable>>;

/** The kill switch. */
export const halt: Runnable = command({
  name: "halt",
  description: "Stop the next effect in any process, cancel what is pending and set every ladder to observe",
  args: { reason: { type: "string", description: "Why, for the record", default: "By hand" }, ...STORED_ARGS },
  options: v.object({ reason: v.string(), ...StoredOptions }),
  async run({ reason, ...place }, { log }) {
    using database = openStored(place);
    haltAll(database, byHand(reason));
    const titles = database.instances.list().map(titleOf);
    if (titles.length === 0)
      log.warn(`Nothing has acted by "${database.path}" so far: it holds no instance; --home or --db names another`);
    const whose = titles.length > 0 ? ` on ${titles.join(", ")}` : "";
    log.info(
      `Halted: nothing acts${whose} by "${database.path}" any more; "operator resume" lifts it and leaves every ladder at observe`,
    );
  },
});

/** Lifts the halt. */
export const resume: Runnable = command({
  name: "resume",
  description: "Lift the halt; every ladder stays at observe until it is set again",
  args: { reason: { type: "string", description: "Why, for the record", default: "By hand" }, ...STORED_ARGS },
  options: v.object({ reason: v.string(), ...StoredOptions }),
  async run({ reason, ...place }, { log }) {
    using database = openStored(place);
    if (!database.safety.halted()) return log.info("Nothing is halted");
    resumeAll(database, byHand(reason));
    log.info('Resumed: every ladder is at observe; "operator ladder set" raises one again');
  },
});

function ladderOf(rung: (typeof RUNGS)[number], upTo: (typeof RISKS)[number] | undefined): Ladder {
  if (rung !== "auto") {
    if (upTo === undefined) return { rung };
    throw new UsageError(`Cannot use --up-to with ${rung}, expected it with auto only`);
  }
  if (upTo !== undefined) return { rung, upTo };
  throw new UsageError(`Cannot set auto without --up-to, expected ${RISKS.join(", ")}`);
}
