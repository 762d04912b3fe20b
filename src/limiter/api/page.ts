/** Pages of keys in memory: a cursor is the last key of the page before. */

import * as v from "valibot";
import { PageLimit } from "./fields.ts";

/** `prefix`, `cursor` and `limit` of a query. */
export const PageQuery = v.object({
  prefix: v.optional(v.string(), ""),
  cursor: v.optional(v.string(), ""),
  limit: PageLimit,
});

/** The requested page. */
export type PageQuery = v.InferOutput<typeof PageQuery>;

/** One page of keys. */
export interface KeyPage {
  readonly keys: readonly string[];
  /** Where the next page begins; `""` after the last one. */
  readonly cursor: string;
}

/** The keys of one page, in order. */
export function pageOf(keys: Iterable<string>, { prefix, cursor, limit }: PageQuery): KeyPage {
  const wanted = [...keys].filter((key) => key.startsWith(prefix) && key > cursor).toSorted();
  const page = wanted.slice(0, limit);
  return { keys: page, cursor: wanted.length > limit ? (page.at(-1) ?? "") : "" };
}
