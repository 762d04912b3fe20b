/** Follows the claims of an incident's causes once its tickets recover: recovered is not repaired. Pure. */

import { isRunning } from "../system/term.ts";

/**
 * What looks say of the persistent claims of confirmed causes: `none` where nothing is diagnosed, `remains` where what is left
 * is nothing that a healthy system could not show, and has been waited for long enough.
 */
export type CauseState = "none" | "gone" | "present" | "unknown" | "remains";

/** What a fresh look found of one persistent claim. */
export interface ClaimFinding {
  /** Tells it from the others of the same incident. */
  readonly key: string;
  readonly outcome: "true" | "false" | "unknown";
  readonly figure: string;
  /** A healthy component can satisfy it, too: a version, a setting, a level. */
  readonly isNeutral: boolean;
}

/** What is remembered of one claim. */
export interface ClaimRecord {
  /** Looks in a row at which it was false, up to as many as are needed. */
  readonly falseLooks: number;
  /** Epoch milliseconds since which it could not be seen. */
  readonly unknownSinceMs?: number;
}

/** What is remembered of an incident that recovers. */
export interface ClosingRecord {
  readonly claims: Readonly<Record<string, ClaimRecord>>;
  /** What was still so when it closed all the same, in figures. */
  readonly remains?: readonly string[];
}

/** What decides at a look. */
export interface ClosingLook {
  readonly atMs: number;
  /** Looks at which a claim must be false. */
  readonly holdsToResolve: number;
  /** Epoch milliseconds at which the last ticket was resolved; absent while one is open. */
  readonly quietSinceMs: number | undefined;
}

/** What came of the claims. */
export interface ClaimsStep {
  readonly record: ClosingRecord;
  readonly causeState: CauseState;
}

/** What cannot be seen, and what a healthy system may show as well, keeps an incident open for so many milliseconds. */
const PATIENCE_MS = 600_000;

/** Takes the findings of one look into account; without a persistent claim there is no cause that could be left. */
export function followClaims(
  before: ClosingRecord | undefined,
  findings: readonly ClaimFinding[],
  look: ClosingLook,
): ClaimsStep {
  const claims = Object.fromEntries(
    findings.map((finding) => [finding.key, follow(before?.claims[finding.key], finding, look)]),
  );
  if (findings.length === 0) return { record: { claims }, causeState: "none" };
  const open = findings.filter((finding) => keepsOpen(finding, claims[finding.key], look));
  if (open.length > 0) {
    const isSeen = open.some(({ outcome }) => outcome === "true");
    return { record: { claims }, causeState: isSeen ? "present" : "unknown" };
  }
  const remains = findings.filter(({ outcome }) => outcome === "true").map(({ figure }) => figure);
  if (remains.length > 0) return { record: { claims, remains }, causeState: "remains" };
  return { record: { claims }, causeState: "gone" };
}

function follow(
  before: ClaimRecord = { falseLooks: 0 },
  { outcome }: ClaimFinding,
  { atMs, holdsToResolve }: ClosingLook,
): ClaimRecord {
  if (outcome === "false") return { falseLooks: Math.min(before.falseLooks + 1, holdsToResolve) };
  if (outcome === "true") return { falseLooks: 0 };
  // A clock that was put back does not make the wait longer than it would be from now on.
  return { ...before, unknownSinceMs: Math.min(before.unknownSinceMs ?? atMs, atMs) };
}

function keepsOpen(
  { outcome, isNeutral }: ClaimFinding,
  { falseLooks, unknownSinceMs }: ClaimRecord = { falseLooks: 0 },
  { atMs, holdsToResolve, quietSinceMs }: ClosingLook,
): boolean {
  if (isNeutral && !isPatient(quietSinceMs, atMs)) return false;
  if (outcome === "true") return true;
  if (outcome === "unknown") return isPatient(unknownSinceMs, atMs);
  return falseLooks < holdsToResolve;
}

function isPatient(sinceMs: number | undefined, atMs: number): boolean {
  return sinceMs === undefined || isRunning({ fromMs: sinceMs, untilMs: sinceMs + PATIENCE_MS }, atMs);
}
