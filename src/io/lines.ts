/** Text that arrives in pieces, line by line. */

import { beginningOf } from "../core/text/plain.ts";

/** Maximum characters of a line; longer ones are truncated. */
export const LONGEST_LINE = 1 << 20;

/** The lines of a stream, without their ends; a last line without an end counts. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = (lines.pop() ?? "").slice(0, LONGEST_LINE + 1); // one more character marks an overlong line
    for (const line of lines) yield beginningOf(line, LONGEST_LINE);
  }
  rest += decoder.decode();
  if (rest) yield beginningOf(rest, LONGEST_LINE);
}
