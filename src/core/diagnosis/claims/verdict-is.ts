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
    /** The reason that it gives, where that matters. */
    reason: v.exactOptional(v.string()),
    /** The system's own word that it repeats, where that matters. */
    word: v.exactOptional(v.string()),
  }),
  evaluate({ invariant, entity, verdict, reason, word }, { now }) {
    const said = now.judgements.find((judgement) => judgement.invariant === invariant && judgement.entity === entity);
    if (!said) return unknown(`${invariant} says nothing of ${entity}`);
    const whys = [
      ...(reason === undefined ? [] : [{ wanted: reason, given: said.reason, none: "no reason is on record" }]),
      ...(word === undefined ? [] : [{ wanted: word, given: said.word, none: "no word is on record" }]),
    ];
    const why = whys.map(({ given, none }) => given ?? none).join(", ");
    const figure = `${invariant} says ${said.verdict} of ${entity}${why && ` (${why})`}: ${said.summary}`;
    if (said.verdict === "unknown" && verdict !== "unknown") return unknown(figure);
    if (said.verdict !== verdict) return decided(false, figure);
    const isOther = whys.some(({ wanted, given }) => given !== undefined && given !== wanted);
    const isUntold = whys.some(({ given }) => given === undefined);
    return isUntold && !isOther ? unknown(figure) : decided(!isOther, figure);
  },
  persists: ({ verdict }) => verdict === "violated",
  words: ({ invariant, entity, verdict, reason, word }) => {
    const why = `${reason === undefined ? "" : `, reason ${reason}`}${word === undefined ? "" : `, word ${word}`}`;
    return `${invariant} says ${verdict} of ${entity}${why}`;
  },
});
