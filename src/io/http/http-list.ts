/** Reads long lists as they arrive, up to a byte cap. */

import type * as v from "valibot";
import { readAddress } from "../address.ts";
import { type JsonRequest, requestStream } from "./http.ts";
import { JsonListReader } from "./json-list.ts";

/** The list in the answer. */
export interface ListShape<Schema extends v.GenericSchema> {
  readonly item: Schema;
  /** The field of the object at the top that holds the list. @default the answer itself is the list */
  readonly field?: string;
  /** A field in front of it that says how many items there are, read or not. */
  readonly counted?: string;
}

/** The items read from a list. */
export interface HttpList<Item> {
  readonly items: readonly Item[];
  /** Whether the list ended before the byte cap did. */
  readonly isWhole: boolean;
  /** The total number, if the answer has it before the list. */
  readonly count?: number;
  /** Bytes that were read. */
  readonly bytes: number;
}

/**
 * Reads the items of a JSON list up to `maxBytes`, and aborts the rest of the answer.
 * @throws {ProbeError} If there is no answer, no such list, or an item has another form.
 */
export async function requestList<Schema extends v.GenericSchema>(
  url: string,
  shape: ListShape<Schema>,
  { maxBytes = 10_000_000, ...request }: JsonRequest,
): Promise<HttpList<v.InferOutput<Schema>>> {
  const unbounded = { accept: "application/json", ...request, maxBytes: Number.POSITIVE_INFINITY };
  return await requestStream(url, unbounded, async ({ chunks }) => {
    const name = `JSON of ${request.method ?? "GET"} "${readAddress(url).printable}"`;
    const list = new JsonListReader({ ...shape, name, largeIntegers: request.largeIntegers });
    let bytes = 0;
    for await (const chunk of chunks) {
      list.add(chunk.subarray(0, maxBytes - bytes));
      bytes += chunk.length;
      if (list.isWhole || bytes > maxBytes) break;
    }
    const items = bytes > maxBytes ? list.items : list.end();
    const { isWhole, count } = list;
    return { items, isWhole, bytes: Math.min(bytes, maxBytes), ...(count !== undefined && { count }) };
  });
}
