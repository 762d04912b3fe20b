/** Foreign text made fit to be shown. */

import { redactText } from "./redaction.ts";

/** The beginning of a text as one line without secrets and control characters, so that no telemetry steers a terminal or a log. */
export function excerptOf(text: string, maxLength = 200): string {
  const line = redactText(text.slice(0, 10 * maxLength))
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}
