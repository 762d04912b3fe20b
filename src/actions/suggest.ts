/** What the actions say to a diagnosis: which of them would fix its cause, and which one may be proposed. Nothing here has an effect. */

import type { Conclusion } from "../core/diagnosis/diagnosis.ts";
import type { Hypothesis } from "../core/diagnosis/hypothesis.ts";
import { type ActionRun, type Consideration, hasFailed, type RuledOut, wasFutile } from "../core/safety/action-run.ts";
import { blastRadius, unverifiedComponents } from "../core/safety/blast-radius.ts";
import type { ActionPreview, BoundAction, Cause } from "../core/subject/action.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import { redactJson } from "../core/text/redaction.ts";
import { RISKS } from "../core/words/risk.ts";
import { digestOf } from "./digest.ts";

/** What is asked of an action before it runs. */
export type OfferedAction = Pick<BoundAction, "id" | "risk" | "fixes" | "unfit" | "preview">;

/** Actions by id, and what was done with them. */
export interface Offer {
  readonly actions: ReadonlyMap<string, OfferedAction>;
  /** The newest runs on the instance. */
  readonly runs: readonly ActionRun[];
}

/** Milliseconds before the second try of an action; each further one waits twice as long, up to the longest. */
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 10 * 60_000;

/** Milliseconds for which an action that failed gives way to the next one at least, and as long as its pause lasts. */
const GIVES_WAY_MS = 30_000;

/** Milliseconds after which a try that failed does not count any more. */
const FORGOTTEN_MS = 3_600_000;

/**
 * Finds the actions that say of themselves that they fix the cause, and proposes one: the least risky that has not just
 * failed, else what has failed least often. What has failed before is due after a pause that grows; it gives way to a riskier
 * one for a while only, since that one may wait for a person who is not there. One that would take too much away is
 * proposed only where there is no other, and waits. One that would change nothing is ruled out.
 */
export function consider({ cause }: Pick<Conclusion, "cause">, now: Checkup, offer: Offer): Consideration {
  if (!cause) return { suggestions: [], ruledOut: [], refused: "No cause was found that an action could fix" };
  const { candidates, ruledOut } = sortOut(cause, now, offer);
  const suggestions = candidates.map(({ action, input, risk, preview: { expectedEffect } }) => {
    return { action, input, risk, expectedEffect };
  });
  const shown = candidates.filter(({ input }) => Bun.deepEquals(redactJson(input), input));
  const rejected = new Set(
    recent(offer.runs, now).flatMap(({ state, digest }) => (state === "rejected" ? [digest] : [])),
  );
  const usable = shown.filter(({ digest }) => !rejected.has(digest));
  const tried = usable
    .map((candidate) => withHistory(candidate, recent(offer.runs, now), now.startedAtMs))
    .toSorted((a, b) => a.justFailed - b.justFailed);
  const unverified = unverifiedComponents(offer.runs, now.startedAtMs);
  const chosen = tried.find(({ preview }) => blastRadius(preview, now, unverified).objections.length === 0) ?? tried[0];
  if (!chosen) {
    const refused = refusalOf(`${cause.mechanism} of ${cause.component}`, { candidates, shown, ruledOut });
    return { suggestions, ruledOut, refused };
  }
  const { justFailed: _justFailed, ...proposed } = chosen;
  return { suggestions, ruledOut, proposed: { ...proposed, cause } };
}

interface Considered {
  readonly candidates: readonly Candidate[];
  readonly shown: readonly Candidate[];
  readonly ruledOut: readonly RuledOut[];
}

function refusalOf(what: string, { candidates, shown, ruledOut }: Considered): string {
  if (shown.length > 0) return `A person has rejected the fix for ${what}`;
  if (candidates.length > 0) return `The fix for ${what} contains what looks like a secret and cannot be shown`;
  if (ruledOut.length === 0) return `No offered action fixes ${what}`;
  return `No remaining action fixes ${what}: ${ruledOutWords(ruledOut)}`;
}

/** Which actions are ruled out and why, as the end of a sentence. */
export function ruledOutWords(ruledOut: readonly RuledOut[]): string {
  return ruledOut.map(({ action, because }) => `${action} would change nothing, ${because}`).join("; ");
}

interface Candidate {
  /** Id of the action. */
  readonly action: string;
  readonly risk: BoundAction["risk"];
  readonly input: unknown;
  readonly preview: ActionPreview;
  readonly digest: string;
}

/** What would fix a cause, the least risky first, and what would change nothing about it. */
function sortOut(cause: Hypothesis, now: Checkup, { actions, runs }: Offer): Omit<Considered, "shown"> {
  const component = now.picture.components.find(({ id }) => id === cause.component);
  if (!component) return { candidates: [], ruledOut: [] };
  const asked = { mechanism: cause.mechanism, component };
  const fixing = [...actions.values()].filter(({ fixes }) => fixes?.(asked) !== undefined);
  const futile = new Set(recent(runs, now).flatMap((run) => (isFutileFor(cause, run) ? [run.digest] : [])));
  const ruledOut: RuledOut[] = [];
  const candidates = fixing.flatMap((action) => {
    const because = action.unfit?.(asked);
    const found = candidateOf(action, asked);
    const tried = found.find(({ digest }) => futile.has(digest));
    const why = because ?? (tried && `${tried.preview.expectedEffect} already`);
    if (why === undefined) return found;
    ruledOut.push({ action: action.id, because: why });
    return [];
  });
  return { candidates: candidates.toSorted((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk)), ruledOut };
}

/** Whether a run was found to change nothing about the same cause, on the same ground. */
function isFutileFor(cause: Hypothesis, run: ActionRun): boolean {
  const { origin } = run;
  return wasFutile(run) && origin.kind === "incident" && Bun.deepEquals(groundOf(origin.cause), groundOf(cause));
}

/** What is seen of the accused itself and of its links; what series and invariants say of it changes with every look. */
function groundOf({ component, mechanism, claims }: Hypothesis): readonly string[] {
  const seen = claims.filter(
    ({ side, outcome, predicate: { kind } }) =>
      side === "for" && outcome === "true" && (kind === "state-is" || kind === "link-broken"),
  );
  return [component, mechanism, ...seen.map(({ predicate }) => JSON.stringify(predicate)).toSorted()];
}

function candidateOf({ id, risk, fixes, preview }: OfferedAction, cause: Cause): readonly Candidate[] {
  const input = fixes?.(cause);
  if (input === undefined) return [];
  try {
    const shown = preview(input);
    return [{ action: id, risk, input, preview: shown, digest: digestOf({ action: id, input, preview: shown }) }];
  } catch {
    return []; // What cannot be shown is not offered.
  }
}

function recent(runs: readonly ActionRun[], { startedAtMs }: Checkup): readonly ActionRun[] {
  return runs.filter(({ endedAtMs = 0 }) => endedAtMs > startedAtMs - FORGOTTEN_MS);
}

/** How often a candidate has failed, if it has just done so, and when it may be tried again. */
function withHistory(
  candidate: Candidate,
  runs: readonly ActionRun[],
  nowMs: number,
): Candidate & { readonly justFailed: number; readonly dueAtMs?: number } {
  const failed = runs.filter((run) => hasFailed(run) && run.digest === candidate.digest);
  if (failed.length === 0) return { ...candidate, justFailed: 0 };
  const lastMs = Math.max(...failed.map(({ endedAtMs = 0 }) => endedAtMs));
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failed.length - 1), LONGEST_PAUSE_MS);
  const givesWay = nowMs < lastMs + Math.max(GIVES_WAY_MS, pauseMs);
  return { ...candidate, justFailed: givesWay ? failed.length : 0, dueAtMs: lastMs + pauseMs };
}
