/** What is on record of an incident's past, and what a fresh look adds to it. */

import type { Checkup } from "../../core/subject/checkup.ts";
import type { Picture } from "../../core/system/picture.ts";
import { type RecordedEvent, structureEvents, verdictEventKind } from "../../core/system/timeline.ts";
import { entityKey } from "../../core/tickets/entity-state.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { Database } from "../../database/mod.ts";

/** Milliseconds before the beginning of an incident from which events are read. */
export const LOOK_BACK_MS = 10 * 60_000;

/** The past of an incident. */
export interface History {
  /** What happened around its beginning and since, oldest first. */
  readonly events: readonly RecordedEvent[];
  /** Epoch milliseconds of the last moment before at which its components were well; just before it began where none is known. */
  readonly wellAtMs: number;
  /** The picture in force then; absent where none is on record. */
  readonly picture: Picture | undefined;
}

/** Milliseconds before the beginning at which its components may have been well last: what was wrong for longer is another matter. */
const WELL_WITHIN_MS = 120_000;

/** What is asked of the past. */
export interface HistoryQuestion extends Pick<Incident, "instance" | "beganAtMs"> {
  /** Those that its tickets speak of. */
  readonly components: ReadonlySet<ComponentId>;
}

/** Reads the events and the picture, and tells what the look shows that no round has recorded yet. */
export function historyOf(
  { instance, beganAtMs, components }: HistoryQuestion,
  now: Checkup,
  database: Database,
): History {
  // What a look shows has happened since the incident began, even within the same millisecond.
  const atMs = Math.max(now.picture.atMs, beganAtMs);
  const recorded = database.events.between(instance, { fromMs: beganAtMs - LOOK_BACK_MS, toMs: atMs });
  const lastSeen = database.pictures.at(instance, atMs);
  const seen = lastSeen ? structureEvents(lastSeen, now.picture) : [];
  const wellAtMs = lastWell(recorded, { components, beganAtMs });
  return {
    events: [...recorded, ...seen, ...unrecordedVerdicts(instance, { ...now, startedAtMs: atMs }, database)],
    wellAtMs,
    picture: database.pictures.at(instance, wellAtMs),
  };
}

/**
 * The last moment before an incident began at which nothing was violated on its components: one that was split off, or begins
 * with a late ticket, has its cause before its beginning.
 */
function lastWell(
  events: readonly RecordedEvent[],
  { components, beganAtMs }: Pick<HistoryQuestion, "components" | "beganAtMs">,
): number {
  const justBefore = beganAtMs - 1;
  const told = events.flatMap(({ atMs, invariant = "", of, said }) =>
    said && atMs <= justBefore && components.has(said.on) ? [{ atMs, key: `${invariant} ${of}`, ...said }] : [],
  );
  const first = new Map<string, boolean>();
  for (const { key, from } of told) if (!first.has(key)) first.set(key, from === "violated");
  const violated = new Set([...first].flatMap(([key, isViolated]) => (isViolated ? [key] : [])));
  let sinceMs = violated.size > 0 ? Number.NEGATIVE_INFINITY : undefined;
  for (const { atMs, key, to } of told) {
    // What cannot be judged is no sign of health.
    if (to === "violated") violated.add(key);
    else if (to === "holds") violated.delete(key);
    sinceMs = violated.size === 0 ? undefined : (sinceMs ?? atMs);
  }
  return sinceMs === undefined || sinceMs < beganAtMs - WELL_WITHIN_MS ? justBefore : sinceMs - 1;
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
