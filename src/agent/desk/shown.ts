/** Parts of a large finding: it is kept whole and shown in pieces. */

import type { Finding } from "./query.ts";

/** A piece of a finding's text. */
export interface Shown {
  readonly text: string;
  /** Lines in all. */
  readonly lines: number;
  /** First line that is not shown; absent where nothing is left. */
  readonly next?: number;
}

/** Characters of one piece at most. */
const MOST_CHARACTERS = 8000;

/** The lines of a finding from one on, as many as fit. */
export function shownOf({ value }: Pick<Finding, "value">, from = 0, mostCharacters = MOST_CHARACTERS): Shown {
  const lines = JSON.stringify(value, null, 1).split("\n");
  let length = 0;
  const shown = lines.slice(from).filter((line) => (length += line.length + 1) <= mostCharacters);
  // A single line that is too long is cut, so that the next piece gets beyond it.
  const fitting = shown.length > 0 ? shown : lines.slice(from, from + 1).map((line) => line.slice(0, mostCharacters));
  const next = from + fitting.length;
  return { text: fitting.join("\n"), lines: lines.length, ...(next < lines.length && { next }) };
}
