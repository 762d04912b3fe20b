/** Shared settings as stored in Redis: named entries, each with its version, so that the newer one always wins. */

import * as v from "valibot";
import { AlgorithmName, isKey, Limit, WindowMs } from "../api/fields.ts";

/** One shared setting. Versions are microseconds of Redis time, and rise with every change. */
export interface Entry {
  readonly versionUs: number;
  /** `undefined` when it was deleted: kept for a while, so that no node restores it. */
  readonly value: string | undefined;
}

/** Entries by name. */
export type Entries = ReadonlyMap<string, Entry>;

/** A limit set by management for one key. */
export type KeyLimit = v.InferOutput<typeof KeyLimit>;

/** The settings that a rollout may set. */
export const CONFIG_FIELDS = { algorithm: AlgorithmName, limit: Limit, window_ms: WindowMs } as const;

/** Name of a setting that a rollout may set. */
export type ConfigField = keyof typeof CONFIG_FIELDS;

/** A limit for one key, and its window unless it is the default one. */
export const KeyLimit = v.object({ limit: Limit, window_ms: v.optional(WindowMs) });

/** Bound below which versions are exact and a newer one can always be made. */
const MAX_VERSION_US = 8_000_000_000_000_000;

/** Names of entries. */
export const entryName = {
  config: (field: string, node: number | undefined): string => `config/${node ?? "all"}/${field}`,
  limit: (key: string): string => `limit/${key}`,
  block: (key: string): string => `block/${key}`,
  /** Prefix of entries that are announced and never stored. */
  reset: (key: string): string => `reset/${key}`,
} as const;

/** Whether an entry is only announced to the nodes, not stored. */
export function isAnnouncement(name: string): boolean {
  return name.startsWith("reset/");
}

/** The key of an entry; `undefined` if it concerns all keys. */
export function keyOf(name: string): string | undefined {
  return name.startsWith("config/") ? undefined : name.slice(name.indexOf("/") + 1);
}

/** The key whose reset an entry announces; `undefined` for other entries. */
export function resetKeyOf(name: string): string | undefined {
  return isAnnouncement(name) ? keyOf(name) : undefined;
}

/** The version in a text; `undefined` if it is invalid, or beyond the year 2223. */
export function parseVersion(text: string): number | undefined {
  return /^\d{1,16}$/.test(text) && Number(text) <= MAX_VERSION_US ? Number(text) : undefined;
}

/** The entry from its text in Redis, `⟨version⟩:⟨value⟩` with an empty value for a deleted one; `undefined` if it is invalid. */
export function parseEntry(text: string): Entry | undefined {
  const colon = text.indexOf(":");
  const versionUs = parseVersion(text.slice(0, Math.max(0, colon)));
  return versionUs === undefined ? undefined : { versionUs, value: text.slice(colon + 1) || undefined };
}

/** Whether an entry of that name can have that value. */
export function isSetting(name: string, { value }: Entry): boolean {
  const { field = "" } = /^config\/(?:all|\d{1,5})\/(?<field>\w+)$/.exec(name)?.groups ?? {};
  if (isConfigField(field)) return !value || isConfig(field, value);
  const key = keyOf(name);
  if (!isKey(key)) return false;
  if (name.startsWith("limit/")) return !value || parseKeyLimit(value) !== undefined;
  return name.startsWith("block/") ? !value || value === "true" : name.startsWith("reset/");
}

/** The text that {@linkcode parseEntry} reads. */
export function formatEntry({ versionUs, value }: Entry): string {
  return `${versionUs}:${value ?? ""}`;
}

/** The limit in an entry's value, or `undefined` if it has none. */
export function parseKeyLimit(value: string): KeyLimit | undefined {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), KeyLimit), value);
  return result.success ? result.output : undefined;
}

function isConfigField(name: string): name is ConfigField {
  return Object.hasOwn(CONFIG_FIELDS, name);
}

function isConfig(field: ConfigField, value: string): boolean {
  return v.is(v.pipe(v.string(), v.parseJson(), CONFIG_FIELDS[field]), value);
}
