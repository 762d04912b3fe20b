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

/** Texts that came out as they went in, so that what was prepared outside a transaction is not read again inside. */
const unchanged = new Set<string>();

const MOST_UNCHANGED = 20_000;

/** Text without its secrets, cut to a length that a row bears. */
export function cleanText(text: string, maxLength = 4000): string {
  if (unchanged.has(text) && text.length <= maxLength) return text;
  const clean = redactText(text);
  if (clean.length > maxLength) return `${clean.slice(0, maxLength)}…`;
  if (unchanged.size >= MOST_UNCHANGED) unchanged.clear();
  unchanged.add(clean);
  return clean;
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
