/** The front window of the actions: what the agent may say to them, and all that it may. Nothing here has an effect. */

import * as v from "valibot";
import type { Diagnosis, Suggestion } from "../core/diagnosis/diagnosis.ts";
import type { Hypothesis } from "../core/diagnosis/hypothesis.ts";
import { blastRadius } from "../core/safety/blast-radius.ts";
import type { ProposedAction } from "../core/safety/proposal.ts";
import type { BoundAction, Cause } from "../core/subject/action.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import type { Picture } from "../core/system/picture.ts";
import { messageOf } from "../core/text/errors.ts";
import { redactJson } from "../core/text/redaction.ts";
import { RISKS } from "../core/words/risk.ts";
import { digestOf } from "./digest.ts";

/** What is asked of an action before it runs; an agent is given no more of it. */
export type OfferedAction = Pick<BoundAction, "id" | "description" | "risk" | "input" | "mends" | "preview">;

/** Actions by id. */
export type Offer = ReadonlyMap<string, OfferedAction>;

/** A proposal that may be put on record, or why there is none. */
export type Consideration = { readonly proposed: ProposedAction } | { readonly refused: string };

/** Offered actions that say of themselves that they mend the cause, the least risky first. */
export function suggestActions(cause: Hypothesis, picture: Picture, offered: Offer): readonly Suggestion[] {
  const component = picture.components.find(({ id }) => id === cause.component);
  if (!component) return [];
  return [...offered.values()]
    .flatMap((action) => suggest(action, { mechanism: cause.mechanism, component }))
    .toSorted((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk));
}

/** Turns the first suggestion of a diagnosis that code finds admissible into a proposal. */
export function propose({ cause, suggestions }: Diagnosis, now: Checkup, offered: Offer): Consideration {
  if (!cause) return { refused: "Nothing was found that could be mended" };
  const refusals: string[] = [];
  for (const suggestion of suggestions) {
    const considered = consider(suggestion, { cause, now, offered });
    if ("proposed" in considered) return considered;
    refusals.push(`${suggestion.action}: ${considered.refused}`);
  }
  return { refused: refusals.join("; ") || `No action is offered that mends ${cause.mechanism} of ${cause.component}` };
}

interface Setting {
  readonly cause: Hypothesis;
  readonly now: Checkup;
  readonly offered: Offer;
}

function suggest({ id, risk, mends, preview }: OfferedAction, cause: Cause): readonly Suggestion[] {
  const input = mends?.(cause);
  if (input === undefined) return [];
  try {
    return [{ action: id, input, risk, expectedEffect: preview(input).expectedEffect }];
  } catch {
    return []; // What cannot be shown is not offered.
  }
}

function consider({ action, input }: Suggestion, { cause, now, offered }: Setting): Consideration {
  const offer = offered.get(action);
  if (!offer) return { refused: "it is not offered" };
  const parsed = v.safeParse(offer.input, input);
  if (!parsed.success) return { refused: parsed.issues[0].message };
  // What is approved must be what runs, so nothing of it may be hidden when it is written.
  if (!Bun.deepEquals(redactJson(input), input)) return { refused: "its input holds what looks like a secret" };
  try {
    const preview = offer.preview(input);
    const [objection] = blastRadius(preview, now.topology, now.picture).objections;
    if (objection) return { refused: objection };
    const { risk } = offer;
    return { proposed: { action, input, risk, preview, cause, digest: digestOf({ action, input, preview }) } };
  } catch (error) {
    return { refused: messageOf(error) };
  }
}
