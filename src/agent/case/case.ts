/** The case: what was gathered of an incident, as plain data. Written to a file and read back, it diagnoses the same. */

import * as v from "valibot";
import { InvalidInputError } from "../../core/text/errors.ts";
import { isObject, parse } from "../../core/text/parse.ts";
import { IdText } from "../../core/words/ids.ts";
import { MECHANISMS } from "../../core/words/mechanism.ts";
import { SYMPTOMS } from "../../core/words/symptom.ts";
import {
  EventSchema,
  InspectedSchema,
  JudgementSchema,
  LogTailSchema,
  list,
  PictureSchema,
  SeriesTable,
  TimeMs,
  TopologySchema,
} from "./parts.ts";

/** Version of the form below. A file of a newer version is refused. */
export const CASE_VERSION = 1;

const Severity = v.picklist(["info", "warning", "critical"]);

/** A ticket of the incident, as far as a diagnosis needs it. */
export const CaseTicket = v.object({
  id: v.number(),
  invariant: v.string(),
  /** The component it speaks of. */
  on: IdText,
  /** Its entities, the worst first. */
  affected: list(IdText),
  /** How many more there are. */
  moreAffected: v.exactOptional(v.number()),
  severity: Severity,
  state: v.picklist(["open", "resolved"]),
  /** Why its worst entity was last violated. */
  reason: v.exactOptional(v.string()),
  summary: v.string(),
  /** Epoch milliseconds. */
  violatedSinceMs: TimeMs,
  /** Epoch milliseconds. */
  openedAtMs: TimeMs,
});

/** A ticket of the incident, as far as a diagnosis needs it. */
export type CaseTicket = v.InferOutput<typeof CaseTicket>;

/** Something that was changed, and by whom, where that is known. */
export const CaseChange = v.object({
  /** Epoch milliseconds. */
  atMs: TimeMs,
  component: v.exactOptional(IdText),
  summary: v.string(),
  /** Absent where nobody said. */
  by: v.exactOptional(v.string()),
});

/** Something that was changed, and by whom, where that is known. */
export type CaseChange = v.InferOutput<typeof CaseChange>;

/** An incident of the same instance that is over. */
export const PastIncident = v.object({
  id: v.number(),
  title: v.string(),
  beganAtMs: TimeMs,
  resolvedAtMs: v.exactOptional(TimeMs),
  outcome: v.exactOptional(v.string()),
  /** Share of the tickets of both that are of the same invariant on a component of the same kind; absent where it was not compared. */
  alikeRatio: v.exactOptional(v.number()),
  cause: v.exactOptional(v.object({ component: IdText, mechanism: v.picklist(MECHANISMS), summary: v.string() })),
});

/** An incident of the same instance that is over. */
export type PastIncident = v.InferOutput<typeof PastIncident>;

/** All that an engine starts from. */
export const Case = v.object({
  version: v.literal(CASE_VERSION),
  /** Epoch milliseconds of the look that is judged. */
  atMs: TimeMs,
  /** What the subject says of itself; nothing else is known of it here. */
  subject: v.object({ id: v.string(), description: v.string(), vocabulary: v.record(v.string(), v.string()) }),
  instance: v.string(),
  incident: v.object({ id: v.number(), title: v.string(), beganAtMs: TimeMs, openedAtMs: TimeMs }),
  tickets: list(CaseTicket),
  invariants: list(
    v.object({
      id: v.string(),
      severity: Severity,
      graceMs: v.number(),
      rationale: v.string(),
      symptom: v.exactOptional(v.picklist(SYMPTOMS)),
    }),
  ),
  topology: TopologySchema,
  /** The picture of the look that is judged. */
  picture: PictureSchema,
  judgements: list(JudgementSchema),
  /** Sources that are not components, and whether they answered. */
  sources: list(v.object({ name: v.string(), failed: v.exactOptional(v.string()) })),
  /** The picture in force when its components were well last; absent where none is on record. */
  pictureBefore: v.exactOptional(PictureSchema),
  /** Epoch milliseconds of that moment; just before the beginning where it is absent. */
  wellAtMs: v.exactOptional(TimeMs),
  /** What happened around the beginning and since, oldest first. */
  events: list(EventSchema),
  series: SeriesTable,
  changes: list(CaseChange),
  /** As frozen when the tickets opened. */
  logs: list(LogTailSchema),
  /** As frozen when the tickets opened. */
  inspections: list(InspectedSchema),
  /** Newest first. */
  past: list(PastIncident),
});

/** All that an engine starts from. */
export type Case = v.InferOutput<typeof Case>;

/** The text of a case file. */
export function writeCase(written: Case): string {
  return `${JSON.stringify(written)}\n`;
}

/**
 * Reads a case file.
 * @throws {InvalidInputError} If it is no case, is cut short, or is of a newer version.
 */
export function readCase(text: string): Case {
  return parseCase(jsonOf(text));
}

/**
 * Reads a case that has been parsed as JSON.
 * @throws {InvalidInputError} If it is no case, or is of a newer version.
 */
export function parseCase(value: unknown): Case {
  const version = isObject(value) ? value["version"] : undefined;
  if (typeof version === "number" && version > CASE_VERSION) {
    throw new InvalidInputError(`Cannot use case: its version is ${version}, expected at most ${CASE_VERSION}`);
  }
  return parse(Case, value, "case");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidInputError("Cannot use case: it is no JSON or is cut short, expected a case file", { cause });
  }
}
