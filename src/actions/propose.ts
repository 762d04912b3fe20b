/** Proposing an action by hand, without an incident. What is refused is in the audit log; nothing is sent. */

import * as v from "valibot";
import type { ActionRun, PlannedAction } from "../core/safety/action-run.ts";
import { blastRadius, unverifiedComponents } from "../core/safety/blast-radius.ts";
import type { BoundAction } from "../core/subject/action.ts";
import { checkFieldNames } from "../core/subject/action-fields.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import type { Session } from "../core/subject/subject.ts";
import type { Picture } from "../core/system/picture.ts";
import { InvalidInputError, messageOf } from "../core/text/errors.ts";
import { redactJson } from "../core/text/redaction.ts";
import { withSuggestion } from "../core/text/suggest.ts";
import type { EntityId } from "../core/words/ids.ts";
import type { Change, Database } from "../database/mod.ts";
import { digestOf } from "./digest.ts";
import { unverifiedRuns } from "./policy.ts";

/** Where an action is proposed. */
export interface ProposeOptions {
  readonly database: Database;
  /** Id of the instance. */
  readonly instance: number;
  readonly actions: ReadonlyMap<string, BoundAction>;
  readonly session: Pick<Session, "look">;
  readonly signal: AbortSignal;
}

/** What a person asks for. */
export interface Request extends Change {
  /** Id of an offered action. */
  readonly action: string;
  /** Fields of its input, as they are typed. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Puts an action on record as a person's run, which then waits for an approval.
 * @throws {InvalidInputError} If it is not offered, cannot be used like that, has its effect already, or would take too much away.
 */
export async function proposeByHand(options: ProposeOptions, { action, fields, ...by }: Request): Promise<ActionRun> {
  const { database, instance } = options;
  try {
    refuseHalted(database);
    const planned = await plan(options, action, fields);
    return database.transactDurably(() => {
      refuseHalted(database);
      const run = database.actionRuns.add({ ...planned, ...by, instance, origin: { kind: "person" } });
      const detail = { run: run.id, action, input: planned.input, sends: planned.preview.sends, reason: by.reason };
      database.audit.append({ ...by, instance, event: "action-proposed", detail });
      return run;
    });
  } catch (error) {
    options.signal.throwIfAborted();
    const detail = { action, fields, reason: messageOf(error) };
    database.audit.append({ ...by, instance, event: "action-refused", detail });
    throw error;
  }
}

function refuseHalted({ safety }: Database): void {
  if (safety.halted()) throw new InvalidInputError("Everything is halted; lift the halt with: operator resume");
}

async function plan(options: ProposeOptions, id: string, fields: Request["fields"]): Promise<PlannedAction> {
  const action = options.actions.get(id);
  if (!action) {
    const known = [...options.actions.keys()];
    throw new InvalidInputError(
      withSuggestion(`There is no action "${id}", expected one of ${known.join(", ")}`, id, known),
    );
  }
  checkFieldNames(id, action.input, fields);
  const input = inputOf(action.input, fields);
  const preview = action.preview(input);
  if (!Bun.deepEquals(redactJson(input), input)) {
    throw new InvalidInputError("The input contains what looks like a secret, which must not be recorded");
  }
  const now = await options.session.look({ signal: options.signal }).catch(() => undefined);
  options.signal.throwIfAborted();
  if (now) refuseUnknown(preview, now.picture);
  await refuseIdle(action, input, options);
  if (now) refuseTooMuch(preview, now, options);
  return { action: id, input, risk: action.risk, preview, digest: digestOf({ action: id, input, preview }) };
}

/** Text where the schema takes text; else what the text says as JSON, such as a number. */
function inputOf(schema: v.GenericSchema, fields: Request["fields"]): unknown {
  const input: Record<string, unknown> = { ...fields };
  for (const issue of v.safeParse(schema, input).issues ?? []) {
    const key = v.getDotPath(issue)?.split(".")[0];
    const text = key === undefined ? undefined : fields[key];
    if (key !== undefined && text !== undefined) input[key] = jsonOr(text);
  }
  return input;
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What cannot be seen is no reason not to act. */
async function refuseIdle(action: BoundAction, input: unknown, { signal }: ProposeOptions): Promise<void> {
  if (action.repeats) return;
  const idle = await action.postCondition(input, signal).catch(() => false);
  signal.throwIfAborted();
  if (idle) throw new InvalidInputError(`Nothing to do: ${action.preview(input).expectedEffect}`);
}

/** Of a system that has gone silent as a whole nothing can be taken away. */
function refuseTooMuch(preview: PlannedAction["preview"], now: Checkup, { database, instance }: ProposeOptions): void {
  if (preview.stops.length === 0) return;
  const runs = unverifiedRuns(database, instance);
  const [objection] = blastRadius(preview, now, unverifiedComponents(runs, now.startedAtMs)).objections;
  if (objection !== undefined) throw new InvalidInputError(`Refused: ${objection}`);
}

/** Of a kind of which the picture has none, such as what a component holds, nothing is known here. */
function refuseUnknown({ entities }: PlannedAction["preview"], { components }: Pick<Picture, "components">): void {
  for (const entity of entities) {
    const alike = components.filter(({ id }) => kindOf(id) === kindOf(entity)).map(({ id }) => id);
    if (alike.length === 0 || alike.some((id) => id === entity)) continue;
    throw new InvalidInputError(
      withSuggestion(`Cannot find "${entity}", expected one of ${alike.join(", ")}`, entity, alike),
    );
  }
}

function kindOf(entity: EntityId): string {
  return entity.slice(0, entity.indexOf("/"));
}
