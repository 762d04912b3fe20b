/** Text and JSON columns: redacted before they are written, and only then cut. */

import { gunzipSync, gzipSync } from "node:zlib";
import { redactJson, redactText } from "../core/text/redaction.ts";

/** A column that holds JSON of one type; that it does is the promise of its only writer. */
export interface JsonColumn<T> {
  write(value: T): string;
  read(text: string): T;
}

/** A column that holds compressed JSON, for the few large things that are written seldom. */
export interface PackedColumn<T> {
  write(value: T): Uint8Array;
  read(packed: Uint8Array): T;
}

/** Text without its secrets, cut to a length that a row bears. */
export function cleanText(text: string, maxLength = 4000): string {
  const clean = redactText(text);
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength)}…`;
}

/** A column of JSON without secrets. */
export function jsonColumn<T>(): JsonColumn<T> {
  return { write: cleanJson, read: (text) => JSON.parse(text) };
}

/** A column of compressed JSON without secrets. */
export function packedColumn<T>(): PackedColumn<T> {
  return {
    write: (value) => gzipSync(cleanJson(value), { level: 1 }),
    read: (packed) => JSON.parse(gunzipSync(packed).toString("utf8")),
  };
}

function cleanJson(value: unknown): string {
  return JSON.stringify(redactJson(value) ?? null);
}
