/** `verdict-is`: what an invariant says of an entity. */

import * as v from "valibot";
import { IdText } from "../../words/ids.ts";
import { decided, defineClaim, unknown } from "./kind.ts";

/** A violation may last; that something holds is nothing wrong. */
export const verdictIs = defineClaim({
  schema: v.object({
    kind: v.literal("verdict-is"),
    invariant: v.string(),
    entity: IdText,
    verdict: v.picklist(["holds", "violated", "unknown"]),
  }),
  evaluate({ invariant, entity, verdict }, { now }) {
    const said = now.judgements.find((judgement) => judgement.invariant === invariant && judgement.entity === entity);
    if (!said) return unknown(`${invariant} says nothing of ${entity}`);
    const figure = `${invariant} says ${said.verdict} of ${entity}: ${said.summary}`;
    if (said.verdict === "unknown" && verdict !== "unknown") return unknown(figure);
    return decided(said.verdict === verdict, figure);
  },
  persists: ({ verdict }) => verdict === "violated",
  words: ({ invariant, entity, verdict }) => `${invariant} says ${verdict} of ${entity}`,
});
