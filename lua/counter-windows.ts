/** Where the counters of a key with several windows are, as `frame.lua` lays them out, for those who read Redis themselves. */

/** Bytes of the header of every counter. */
const HEADER_BYTES = 29;
/** Kind of the list of windows that is at a name in place of its counter. */
const LIST = "W";
const MOST_WINDOWS = 101;

/** Bytes that hold a header and any list of windows. */
export const LIST_BYTES: number = HEADER_BYTES + MOST_WINDOWS * 8;

/**
 * Names of the counters behind a name, by the first {@linkcode LIST_BYTES} of what Redis holds there: the name itself, or
 * one for each window, such as `ratelimit:{user:7}:gcra:60000`.
 */
export function namesBehind(name: string, value: Buffer): readonly string[] {
  if (value.length < HEADER_BYTES) return [];
  if (value.toString("latin1", 0, 1) !== LIST) return [name];
  const windows = Math.floor((value.length - HEADER_BYTES) / 8);
  return Array.from({ length: windows }, (_, at) => `${name}:${value.readDoubleLE(HEADER_BYTES + at * 8) / 1000}`);
}
