/**
 * `link-broken`, `link-works` and `link-answers`: what the probe of a dependency found. By what others still reach, a cut is
 * told from a loss, and by what still comes back, from a delay.
 */

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

/** Answers that come back over a broken dependency: over a cut one none do, however long one waits. */
export const linkAnswers = defineClaim({
  schema: v.object({
    kind: v.literal("link-answers"),
    from: IdText,
    to: IdText,
    /** `late`: after the time limit of those who wait; `at-all`: sooner or later. */
    come: v.picklist(["late", "at-all"]),
  }),
  evaluate({ from, to, come }, { now }) {
    const links = now.picture.links.filter((link) => link.from === from && link.to === to);
    if (links.length === 0) return unknown(`link from ${from} to ${to} is not in the picture`);
    const broken = links.filter(({ state }) => state === "down");
    const known = broken.flatMap(({ answers }) => answers ?? []);
    if (broken.length > 0 && known.length === 0) return unknown(`nobody waited for late answers from ${to} to ${from}`);
    if (broken.length > 0) {
      const isSo = known.some((answers) => answers === "late" || (come === "at-all" && answers === "in-time"));
      return decided(isSo, `answers from ${to} to ${from}: ${known.join(", ")}`);
    }
    const works = links.some(({ state }) => state === "up");
    const figure = `link from ${from} to ${to} is ${works ? "up" : "unknown"}`;
    return works ? decided(come === "at-all", figure) : unknown(figure);
  },
  persists: ({ come }) => come === "late",
  words: ({ from, to, come }) => `answers from ${to} reach ${from}${come === "late" ? " late" : ""}`,
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
