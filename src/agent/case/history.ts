/** What is on record of an incident's past, and what a fresh look adds to it. */

import type { Checkup } from "../../core/subject/checkup.ts";
import type { Picture } from "../../core/system/picture.ts";
import { type RecordedEvent, structureEvents, verdictEventKind } from "../../core/system/timeline.ts";
import { entityKey } from "../../core/tickets/entity-state.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import type { Database } from "../../database/mod.ts";

/** Milliseconds before the beginning of an incident from which events are read. */
export const LOOK_BACK_MS = 10 * 60_000;

/** The past of an incident. */
export interface History {
  /** What happened around its beginning and since, oldest first. */
  readonly events: readonly RecordedEvent[];
  /** The picture in force when it began; absent where none is on record. */
  readonly picture: Picture | undefined;
}

/** Reads the events and the picture, and tells what the look shows that no round has recorded yet. */
export function historyOf({ instance, beganAtMs }: Incident, now: Checkup, database: Database): History {
  // What a look shows has happened since the incident began, even within the same millisecond.
  const atMs = Math.max(now.picture.atMs, beganAtMs);
  const recorded = database.events.between(instance, { fromMs: beganAtMs - LOOK_BACK_MS, toMs: atMs });
  const lastSeen = database.pictures.at(instance, atMs);
  const seen = lastSeen ? structureEvents(lastSeen, now.picture) : [];
  return {
    events: [...recorded, ...seen, ...unrecordedVerdicts(instance, { ...now, startedAtMs: atMs }, database)],
    picture: database.pictures.at(instance, beganAtMs - 1),
  };
}

/** Of what does not hold now: entities of which the last round had another word. */
function unrecordedVerdicts(
  instance: number,
  { judgements, startedAtMs: atMs }: Checkup,
  { entityStates }: Database,
): RecordedEvent[] {
  const troubled = judgements.filter(({ verdict }) => verdict !== "holds");
  const known = entityStates.verdicts(instance, troubled);
  return troubled.flatMap((judgement) => {
    const { invariant, entity, on, verdict: to, reason, summary, evidence: figures } = judgement;
    const from = known.get(entityKey(judgement));
    const said = { on, to, reason, figures, ...(from && { from }) };
    const event = from === to ? undefined : verdictEventKind(said);
    return event ? [{ atMs, event, of: entity, invariant, summary, said }] : [];
  });
}
