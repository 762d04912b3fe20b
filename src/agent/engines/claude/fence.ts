/**
 * The fence around everything that did not come from this program: what a system says of itself is data, and no text in
 * it can end the fence, hide in it, or be taken for an instruction of ours.
 */

import { redactJson } from "../../../core/text/redaction.ts";
import { UNSEEN } from "../../../core/text/unseen.ts";

/** What opens and closes the fence; neither can occur within. */
export const FENCE = { open: "<data>", close: "</data>" } as const;

/** Signs that could end the fence, are not seen, or act on the reader. */
const ACTING = new RegExp(String.raw`[<>&\u007F-\u009F\u2028\u2029${UNSEEN}]`, "gu");

/** JSON text within the fence, without its secrets already. What is escaped stands in strings only, so it stays the same JSON. */
export function fenced(json: string): string {
  return `${FENCE.open}\n${json.toWellFormed().replaceAll(ACTING, escaped)}\n${FENCE.close}`;
}

/** A value as one fenced line of JSON, without its secrets. */
export function fencedValue(value: unknown): string {
  return fenced(JSON.stringify(redactJson(value)) ?? "null");
}

function escaped(sign: string): string {
  return Array.from({ length: sign.length }, (_, at) => {
    return `\\u${sign.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }).join("");
}
