/** The recorded state of a system when a ticket or an incident began. */

import type { Database, FrozenEvidence } from "../../database/mod.ts";
import { type Chart, movedMost } from "./charts.ts";

/** The evidence of one ticket or incident. */
export interface EvidenceView {
  /** Absent if nothing was frozen. */
  readonly frozen?: FrozenEvidence;
  /** The series that moved most, over the time around the beginning. */
  readonly moved: readonly Chart[];
}

/** The ticket or incident of the evidence. */
export interface EvidenceOf {
  readonly instance: number;
  /** Epoch milliseconds. */
  readonly beganAtMs: number;
  /** Id of what was frozen. */
  readonly evidence?: number | undefined;
}

const BEFORE_MS = 300_000;
const AFTER_MS = 600_000;
const MOST_SERIES = 8;

/** The frozen evidence, and the series that moved around the beginning. */
export function evidenceView(
  database: Database,
  { instance, beganAtMs, evidence }: EvidenceOf,
  nowMs: number,
): EvidenceView {
  const frozen = evidence === undefined ? undefined : database.evidence.get(evidence);
  const endMs = Math.min(nowMs, beganAtMs + AFTER_MS);
  const windowMs = endMs - beganAtMs + BEFORE_MS;
  const charts = [...database.pictures.kinds(instance).values()].flatMap((kind): readonly Chart[] =>
    database.samples.query(instance, { metric: kind.name, windowMs, endMs }).map((window) => ({ kind, window })),
  );
  return { moved: movedMost(charts, beganAtMs, MOST_SERIES), ...(frozen && { frozen }) };
}
