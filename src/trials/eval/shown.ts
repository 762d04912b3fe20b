/** Whether what was broken shows in tickets. */

import type { Injected } from "../../chaos/inject.ts";
import type { Database } from "../../database/mod.ts";

/** What is on record of one instance. */
export interface OnRecord {
  readonly database: Database;
  /** Its id. */
  readonly instance: number;
}

/** The condition that each fault which promises to trip something has an open ticket of one of these invariants. */
export function allHaveShown(
  injected: readonly { readonly plan: Pick<Injected["plan"], "truth"> }[],
  { database, instance }: OnRecord,
): () => boolean {
  const promised = injected.map(({ plan: { truth } }) => truth.trips).filter((trips) => trips.length > 0);
  return () => {
    const open = new Set(database.tickets.list({ instance, state: "open" }).map(({ invariant }) => invariant));
    return promised.every((trips) => trips.some((invariant) => open.has(invariant)));
  };
}
