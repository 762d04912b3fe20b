/** `link-broken` and `link-works`: what the probe of a dependency found. By what others still reach, a cut is told from a loss. */

import * as v from "valibot";
import { IdText } from "../../words/ids.ts";
import { decided, defineClaim, type Evaluation, type Evidence, unknown } from "./kind.ts";

/** A dependency that its probe finds broken. */
export const linkBroken = defineClaim({
  schema: v.object({ kind: v.literal("link-broken"), from: IdText, to: IdText }),
  evaluate: (ends, evidence) => linkIs("down", ends, evidence),
  persists: () => true,
  words: ({ from, to }) => `the link from ${from} to ${to} is broken`,
});

/** A dependency that its probe finds working. */
export const linkWorks = defineClaim({
  schema: v.object({ kind: v.literal("link-works"), from: IdText, to: IdText }),
  evaluate: (ends, evidence) => linkIs("up", ends, evidence),
  persists: () => false,
  words: ({ from, to }) => `the link from ${from} to ${to} works`,
});

interface Ends {
  readonly from: string;
  readonly to: string;
}

/** Of several links between the same two, one that is down speaks for all. */
function linkIs(wanted: "up" | "down", { from, to }: Ends, { now }: Evidence): Evaluation {
  const links = now.picture.links.filter((link) => link.from === from && link.to === to);
  const figure = `link from ${from} to ${to} is ${links.map(({ state }) => state).join(", ") || "not in the picture"}`;
  if (links.some(({ state }) => state === "down")) return decided(wanted === "down", figure);
  return links.some(({ state }) => state === "up") ? decided(wanted === "up", figure) : unknown(figure);
}
