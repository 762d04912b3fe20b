/** The beginning of a foreign text. */

import { beginningOf, plainText } from "./plain.ts";

/** The beginning of a text as one line, fit to be shown. */
export function excerptOf(text: string, maxLength = 200): string {
  const line = plainText(beginningOf(text)).replaceAll(/\s+/g, " ").trim();
  return line.length > maxLength ? `${line.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, "")}…` : line;
}
