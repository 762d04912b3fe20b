/** What is said of an entity after a look. */

/** Jepsen's three: what could not be observed is `unknown`, never fine. */
export type Verdict = "holds" | "violated" | "unknown";

/** Those that are violated, or all where none is: what holds or is unknown beside them says nothing of the trouble. */
export function violatedOrAll<One extends { readonly verdict: Verdict }>(all: readonly One[]): readonly One[] {
  const violated = all.filter(({ verdict }) => verdict === "violated");
  return violated.length > 0 ? violated : all;
}
