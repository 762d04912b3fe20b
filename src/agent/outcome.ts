/** What an investigation came to, for the record. */

import type { Conclusion } from "../core/diagnosis/diagnosis.ts";

/** A conclusion in one sentence. */
export function outcomeOf({ cause }: Pick<Conclusion, "cause">): string {
  return cause ? `${cause.mechanism} of ${cause.component} (${cause.verdict}): ${cause.summary}` : "No cause was found";
}
