/** What is said of an entity after a look. */

/** Jepsen's three: what could not be observed is `unknown`, never fine. */
export type Verdict = "holds" | "violated" | "unknown";
