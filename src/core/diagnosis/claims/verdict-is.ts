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
  }),
  evaluate({ invariant, entity, verdict, reason }, { now }) {
    const said = now.judgements.find((judgement) => judgement.invariant === invariant && judgement.entity === entity);
    if (!said) return unknown(`${invariant} says nothing of ${entity}`);
    const why = reason === undefined ? "" : ` (${said.reason ?? "no reason is on record"})`;
    const figure = `${invariant} says ${said.verdict} of ${entity}${why}: ${said.summary}`;
    if (said.verdict === "unknown" && verdict !== "unknown") return unknown(figure);
    if (said.verdict !== verdict || reason === undefined) return decided(said.verdict === verdict, figure);
    return said.reason === undefined ? unknown(figure) : decided(said.reason === reason, figure);
  },
  persists: ({ verdict }) => verdict === "violated",
  words: ({ invariant, entity, verdict, reason }) =>
    `${invariant} says ${verdict} of ${entity}${reason === undefined ? "" : `, reason ${reason}`}`,
});
