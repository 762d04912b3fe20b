/** What the actions say to a diagnosis: which of them would repair its cause, and which one may be proposed. Nothing here has an effect. */

import type { Conclusion } from "../core/diagnosis/diagnosis.ts";
import type { Hypothesis } from "../core/diagnosis/hypothesis.ts";
import { blastRadius } from "../core/safety/blast-radius.ts";
import type { Consideration } from "../core/safety/proposal.ts";
import type { ActionPreview, BoundAction, Cause } from "../core/subject/action.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import type { Picture } from "../core/system/picture.ts";
import { redactJson } from "../core/text/redaction.ts";
import { RISKS } from "../core/words/risk.ts";
import { digestOf } from "./digest.ts";

/** What is asked of an action before it runs. */
export type OfferedAction = Pick<BoundAction, "id" | "risk" | "fixes" | "preview">;

/** Actions by id. */
export type Offer = ReadonlyMap<string, OfferedAction>;

/** Finds the actions that say of themselves that they fix the cause, the least risky first, and proposes the first that is admissible. */
export function consider({ cause }: Pick<Conclusion, "cause">, now: Checkup, offered: Offer): Consideration {
  if (!cause) return { suggestions: [], refused: "Nothing was found that could be fixed" };
  const candidates = candidatesFor(cause, now.picture, offered);
  const suggestions = candidates.map(({ action, input, risk, preview: { expectedEffect } }) => {
    return { action, input, risk, expectedEffect };
  });
  const refusals: string[] = [];
  for (const candidate of candidates) {
    const objection = objectionTo(candidate, now);
    if (objection === undefined) {
      return { suggestions, proposed: { ...candidate, cause, digest: digestOf(candidate) } };
    }
    refusals.push(`${candidate.action}: ${objection}`);
  }
  const refused = refusals.join("; ") || `No action is offered that fixes ${cause.mechanism} of ${cause.component}`;
  return { suggestions, refused };
}

interface Candidate {
  /** Id of the action. */
  readonly action: string;
  readonly risk: BoundAction["risk"];
  readonly input: unknown;
  readonly preview: ActionPreview;
}

function candidatesFor(cause: Hypothesis, { components }: Picture, offered: Offer): readonly Candidate[] {
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
    return [{ action: id, risk, input, preview: preview(input) }];
  } catch {
    return []; // What cannot be shown is not offered.
  }
}

/** Why a candidate must not be proposed. */
function objectionTo({ input, preview }: Candidate, { topology, picture }: Checkup): string | undefined {
  // What is approved must be what runs, so nothing of it may be hidden when it is written.
  if (!Bun.deepEquals(redactJson(input), input)) return "its input holds what looks like a secret";
  return blastRadius(preview, topology, picture).objections[0];
}
