/** Foreign text made fit to be shown. */

import { redactText } from "./redaction.ts";

/** The beginning of a text as one line without secrets and control characters, so that no telemetry steers a terminal or a log. */
export function excerptOf(text: string, maxLength = 200): string {
  const line = redactText(text.slice(0, 10 * maxLength))
    .replaceAll(/[\s\p{Cc}\p{Bidi_Control}]+/gu, " ")
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}

/** Removes what would move the cursor: every control character but the escape of a colour. */
export function withoutControls(line: string): string {
  return line
    .replaceAll("\t", "  ")
    .replaceAll(/\p{Bidi_Control}/gu, "")
    .replaceAll(/\p{Cc}(\[[\d;]*m)?/gu, (all, colour: string | undefined) =>
      all.startsWith("\u001B") && colour ? all : (colour ?? ""),
    );
}
