/** The audit log as text. */

import type { AuditHead } from "../../database/mod.ts";

/** So many hexadecimal digits tell two heads apart, and a person can still copy them. */
const SHOWN_DIGITS = 16;

/** The end of the audit log in one word for a person to keep: what is cut off later no longer has it. */
export function renderHead({ id, hash }: AuditHead): string {
  return `audit head ${id}:${hash.slice(0, SHOWN_DIGITS)}`;
}
