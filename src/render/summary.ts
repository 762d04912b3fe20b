/** What is said of an entity, where its name and its verdict stand already. */

import type { EntityId } from "../core/words/ids.ts";

const UNKNOWN = "Unknown: ";

/** A summary without the name of its entity and the word `Unknown` at its beginning. */
export function summaryBeside(entity: EntityId, summary: string): string {
  const named = `${entity}: `;
  if (summary.startsWith(named)) return summary.slice(named.length);
  return summary.startsWith(UNKNOWN) ? summary.slice(UNKNOWN.length) : summary;
}
