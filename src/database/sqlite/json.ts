/** Text and JSON columns: redacted before they are written, and only then cut. */

import { gunzipSync, gzipSync } from "node:zlib";
import { redactJson, redactText } from "../../core/text/redaction.ts";
import type { Scalar } from "../../core/words/ids.ts";

/** A column of JSON. Damaged values and values of an unknown form are read as `undefined`. */
export interface JsonColumn<T> {
  write(value: T): string;
  read(text: string): T | undefined;
}

/** A column of compressed JSON, for few large values that are rarely written. */
export interface PackedColumn<T> {
  write(value: T): Uint8Array;
  read(packed: Uint8Array): T | undefined;
}

/** Whether a value has the form of a column. */
export type HasForm<T> = (value: unknown) => value is T;

/** Texts that redaction did not change, so that text prepared outside a transaction is not scanned again inside. */
const unchanged = new Set<string>();

const MOST_UNCHANGED = 20_000;

/** Text without secrets, truncated to the maximum of a column. */
export function cleanText(text: string, maxLength = 4000): string {
  if (unchanged.has(text) && text.length <= maxLength) return text;
  const clean = redactText(text);
  if (clean.length > maxLength) return `${clean.slice(0, maxLength)}…`;
  if (unchanged.size >= MOST_UNCHANGED) unchanged.clear();
  unchanged.add(clean);
  return clean;
}

/** A column of JSON without secrets. */
export function jsonColumn<T>(hasForm: HasForm<T>): JsonColumn<T> {
  return { write: cleanJson, read: (text) => parsed(() => text, hasForm) };
}

/** A column of compressed JSON without secrets. */
export function packedColumn<T>(hasForm: HasForm<T>): PackedColumn<T> {
  return {
    write: (value) => gzipSync(cleanJson(value), { level: 1 }),
    read: (packed) =>
      parsed(() => gunzipSync(packed, { maxOutputLength: MOST_UNPACKED_BYTES }).toString("utf8"), hasForm),
  };
}

/** A column of the figures that a verdict rests on. */
export function figuresColumn(): JsonColumn<Figures> {
  return jsonColumn(areFigures);
}

type Figures = Readonly<Record<string, Scalar>>;

function areFigures(value: unknown): value is Figures {
  return isFields(value) && Object.values(value).every((figure) => figure === null || typeof figure !== "object");
}

/** Any value of JSON. */
export function isJson(value: unknown): value is unknown {
  return value !== undefined;
}

/** Whether a value is an object with fields. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Limit for decompressed values, against decompression bombs. */
const MOST_UNPACKED_BYTES = 1 << 30;

function parsed<T>(textOf: () => string, hasForm: HasForm<T>): T | undefined {
  try {
    const value: unknown = JSON.parse(textOf());
    return hasForm(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function cleanJson(value: unknown): string {
  return JSON.stringify(redactJson(value) ?? null);
}
