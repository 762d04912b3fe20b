/** What the actions say to a diagnosis: which of them would fix its cause, and which one may be proposed. Nothing here has an effect. */

import type { Conclusion } from "../core/diagnosis/diagnosis.ts";
import type { Hypothesis } from "../core/diagnosis/hypothesis.ts";
import { type ActionRun, type Consideration, hasFailed } from "../core/safety/action-run.ts";
import { blastRadius, unverifiedComponents } from "../core/safety/blast-radius.ts";
import type { ActionPreview, BoundAction, Cause } from "../core/subject/action.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import type { Picture } from "../core/system/picture.ts";
import { redactJson } from "../core/text/redaction.ts";
import { RISKS } from "../core/words/risk.ts";
import { digestOf } from "./digest.ts";

/** What is asked of an action before it runs. */
export type OfferedAction = Pick<BoundAction, "id" | "risk" | "fixes" | "preview">;

/** Actions by id, and what was done with them. */
export interface Offer {
  readonly actions: ReadonlyMap<string, OfferedAction>;
  /** The newest runs on the instance. */
  readonly runs: readonly ActionRun[];
}

/** Milliseconds before the second try of an action; each further one waits twice as long, up to the longest. */
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 10 * 60_000;

/** Milliseconds after which a try that failed does not count any more. */
const FORGOTTEN_MS = 3_600_000;

/**
 * Finds the actions that say of themselves that they fix the cause, and proposes one: what has failed least often comes
 * first, then the least risky. What has failed before is due after a pause that grows. One that would take too much away is
 * proposed only where there is no other, and waits.
 */
export function consider({ cause }: Pick<Conclusion, "cause">, now: Checkup, offer: Offer): Consideration {
  if (!cause) return { suggestions: [], refused: "Nothing was found that could be fixed" };
  const candidates = candidatesFor(cause, now.picture, offer.actions);
  const suggestions = candidates.map(({ action, input, risk, preview: { expectedEffect } }) => {
    return { action, input, risk, expectedEffect };
  });
  const shown = candidates.filter(({ input }) => Bun.deepEquals(redactJson(input), input));
  const rejected = new Set(
    recent(offer.runs, now).flatMap(({ state, digest }) => (state === "rejected" ? [digest] : [])),
  );
  const usable = shown.filter(({ digest }) => !rejected.has(digest));
  const tried = usable
    .map((candidate) => withHistory(candidate, recent(offer.runs, now)))
    .toSorted((a, b) => a.failures - b.failures);
  const unverified = unverifiedComponents(offer.runs, now.startedAtMs);
  const chosen = tried.find(({ preview }) => blastRadius(preview, now, unverified).objections.length === 0) ?? tried[0];
  if (!chosen) {
    const what = `${cause.mechanism} of ${cause.component}`;
    if (candidates.length === 0) return { suggestions, refused: `No action is offered that fixes ${what}` };
    if (shown.length > 0) return { suggestions, refused: `A person has rejected what fixes ${what}` };
    return { suggestions, refused: `What fixes ${what} holds what looks like a secret, and cannot be shown` };
  }
  const { failures: _failures, ...proposed } = chosen;
  return { suggestions, proposed: { ...proposed, cause } };
}

interface Candidate {
  /** Id of the action. */
  readonly action: string;
  readonly risk: BoundAction["risk"];
  readonly input: unknown;
  readonly preview: ActionPreview;
  readonly digest: string;
}

function candidatesFor(cause: Hypothesis, { components }: Picture, offered: Offer["actions"]): readonly Candidate[] {
  const component = components.find(({ id }) => id === cause.component);
  if (!component) return [];
  return [...offered.values()]
    .flatMap((action) => candidateOf(action, { mechanism: cause.mechanism, component }))
    .toSorted((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk));
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

/** How often a candidate has failed lately, and when it may be tried again. */
function withHistory(
  candidate: Candidate,
  runs: readonly ActionRun[],
): Candidate & { readonly failures: number; readonly dueAtMs?: number } {
  const failed = runs.filter((run) => hasFailed(run) && run.digest === candidate.digest);
  const lastMs = Math.max(...failed.map(({ endedAtMs = 0 }) => endedAtMs));
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failed.length - 1), LONGEST_PAUSE_MS);
  return { ...candidate, failures: failed.length, ...(failed.length > 0 && { dueAtMs: lastMs + pauseMs }) };
}
