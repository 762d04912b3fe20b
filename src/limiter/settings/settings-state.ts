/** The settings that one node enforces: its start settings, overlaid by the shared ones. Pure state, no I/O. */

import * as v from "valibot";
import type { Algorithm } from "../../../lua/algorithms.ts";
import type { CheckInput } from "../api/check-request.ts";
import type { CheckRequest } from "../decide/decision.ts";
import type { LimiterSettings } from "./settings.ts";
import {
  CONFIG_FIELDS,
  type ConfigField,
  type Entries,
  type Entry,
  entryName,
  keyOf,
  parseKeyLimit,
} from "./settings-entry.ts";

/** Where a value comes from: the node's start, a rollout to all nodes, or one to this node. */
export type SettingSource = "start" | "all" | "node";

/** The configuration for keys without a limit of their own. */
export interface EffectiveConfig {
  readonly algorithm: Algorithm;
  readonly limit: number;
  readonly windowMs: number;
  readonly sources: Readonly<Record<ConfigField, SettingSource>>;
}

/** A limit of one key, as management set it. */
export interface OwnLimit {
  readonly limit: number;
  /** `undefined` for the default window. */
  readonly windowMs: number | undefined;
  readonly versionUs: number;
}

/** The start settings that a rollout can overlay. */
export type StartConfig = Pick<LimiterSettings, "node" | "algorithm" | "limit" | "windowMs">;

/** How long a deleted entry is remembered, in microseconds; a node that was away for longer takes over what is in Redis. */
export const REMEMBERED_US = 86_400_000_000;

/** The settings in force on one node. */
export class SettingsState {
  readonly limits = new Map<string, OwnLimit>();
  /** Version of the block, by key. */
  readonly blocks = new Map<string, number>();
  /** Newest version of any entry taken over so far. */
  newestUs = 0;
  config: EffectiveConfig;
  readonly #start: StartConfig;
  readonly #entries = new Map<string, Entry>();

  constructor(start: StartConfig) {
    this.#start = start;
    this.config = this.#effective();
  }

  /** All shared settings known to this node, deletions included. */
  get entries(): Entries {
    return this.#entries;
  }

  /** Milliseconds of the longest window that is set, for all keys or for some. */
  longestWindowMs(): number {
    let longestMs = this.config.windowMs;
    for (const { windowMs = 0 } of this.limits.values()) longestMs = Math.max(longestMs, windowMs);
    return longestMs;
  }

  /** Fills in what a check leaves out. A limit set by management takes precedence over the check's own. */
  complete({ key, cost, limit, windowMs }: CheckInput): CheckRequest {
    const { config } = this;
    const { algorithm } = config;
    const own = this.limits.size > 0 ? this.limits.get(key) : undefined;
    if (own) return { key, cost, limit: own.limit, windowMs: own.windowMs ?? config.windowMs, algorithm };
    return { key, cost, limit: limit ?? config.limit, windowMs: windowMs ?? config.windowMs, algorithm };
  }

  /** Whether management denies the key outright. */
  isBlocked(key: string): boolean {
    return this.blocks.size > 0 && this.blocks.has(key);
  }

  /** Takes over every entry that is newer than the known one, in any order. Returns their names. */
  merge(entries: Entries): string[] {
    const newer = [...entries].filter(([name, entry]) => isNewer(entry, this.#entries.get(name)));
    for (const [name, entry] of newer) {
      this.#entries.set(name, entry);
      this.newestUs = Math.max(this.newestUs, entry.versionUs);
      this.#index(name, entry);
    }
    if (newer.length > 0) this.config = this.#effective();
    return newer.map(([name]) => name);
  }

  /** Entries that are newer here than in the given ones, to be restored to a Redis that lost its data. */
  newerThan(entries: Entries, nowUs: number): Entries {
    return new Map(
      [...this.#entries].filter(([name, own]) => isNewer(own, entries.get(name)) && !isForgotten(own, nowUs)),
    );
  }

  /** Drops deletions that are no longer needed. Returns their names. */
  prune(nowUs: number): string[] {
    const names = [...this.#entries].filter(([, entry]) => isForgotten(entry, nowUs)).map(([name]) => name);
    for (const name of names) this.#entries.delete(name);
    return names;
  }

  /** Drops all shared settings. */
  clear(): void {
    this.#entries.clear();
    this.limits.clear();
    this.blocks.clear();
    this.config = this.#effective();
  }

  #index(name: string, { value, versionUs }: Entry): void {
    const key = keyOf(name);
    if (key === undefined) return;
    const limit = name.startsWith("limit/") && value ? parseKeyLimit(value) : undefined;
    if (limit) this.limits.set(key, { limit: limit.limit, windowMs: limit.window_ms, versionUs });
    else if (name.startsWith("limit/")) this.limits.delete(key);
    else if (value) this.blocks.set(key, versionUs);
    else this.blocks.delete(key);
  }

  #effective(): EffectiveConfig {
    const algorithm = this.#latest("algorithm");
    const limit = this.#latest("limit");
    const windowMs = this.#latest("window_ms");
    return {
      algorithm: algorithm?.value ?? this.#start.algorithm,
      limit: limit?.value ?? this.#start.limit,
      windowMs: windowMs?.value ?? this.#start.windowMs,
      sources: {
        algorithm: algorithm?.source ?? "start",
        limit: limit?.source ?? "start",
        window_ms: windowMs?.source ?? "start",
      },
    };
  }

  /** The later rollout wins, whether it went to all nodes or to this one. */
  #latest<Field extends ConfigField>(
    field: Field,
  ): { value: v.InferOutput<(typeof CONFIG_FIELDS)[Field]>; source: SettingSource } | undefined {
    const all = this.#entries.get(entryName.config(field, undefined));
    const node = this.#entries.get(entryName.config(field, this.#start.node));
    const source = isNewer(node, all) ? "node" : "all";
    const result = v.safeParse(
      v.pipe(v.string(), v.parseJson(), CONFIG_FIELDS[field]),
      (source === "node" ? node : all)?.value,
    );
    return result.success ? { value: result.output, source } : undefined;
  }
}

function isNewer(entry: Entry | undefined, than: Entry | undefined): boolean {
  return (entry?.versionUs ?? 0) > (than?.versionUs ?? 0);
}

function isForgotten({ value, versionUs }: Entry, nowUs: number): boolean {
  return value === undefined && versionUs < nowUs - REMEMBERED_US;
}
