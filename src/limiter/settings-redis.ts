/** The shared settings in Redis: one hash, so that every reading is of one moment and every change is whole. */

import * as v from "valibot";
import changeScript from "../../lua/settings-change.lua" with { type: "text" };
import restoreScript from "../../lua/settings-restore.lua" with { type: "text" };
import type { RedisClient } from "../io/redis.ts";
import { askRedis } from "./ask-redis.ts";
import { type Entries, type Entry, formatEntry, parseEntry } from "./settings-entry.ts";

/** Where changes are pushed. */
export const SETTINGS_CHANNEL = "ratelimit:{settings}:changes";

/** Everything shared, at one moment. */
export interface SettingsReading {
  readonly entries: Entries;
  /** Version of the newest change; 0 if there is none. */
  readonly version: number;
  /** Redis time in microseconds. */
  readonly nowUs: number;
}

/** One change, in order of versions. */
export interface SettingsChange {
  /** Version before it. */
  readonly previous: number;
  readonly version: number;
  readonly entries: Entries;
}

/** What is to be changed. */
export interface SettingsOrder {
  /** New values by name; `undefined` deletes. */
  readonly values: ReadonlyMap<string, string | undefined>;
  /** `announce` tells every node and stores nothing. */
  readonly mode: "store" | "announce";
  /** Newest version that this node knows. */
  readonly knownVersion: number;
}

const HASH = "ratelimit:{settings}:values";
const VERSION = "version";
/** Entries given back in one call, so that none blocks Redis for long. */
const RESTORED_AT_ONCE = 1000;

const Version = v.pipe(v.string(), v.digits(), v.transform(Number));
const Time = v.tuple([v.pipe(v.unknown(), v.transform(Number)), v.pipe(v.unknown(), v.transform(Number))]);
const ChangeReply = v.tuple([Version, Version]);
const Push = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ previous: Version, version: Version, changes: v.array(v.tuple([v.string(), v.string()])) }),
);

/**
 * Changes entries for all nodes, at once or not at all.
 * @throws {ProbeError} If Redis does not confirm it in time; it may have been done nevertheless.
 */
export async function sendChange(redis: RedisClient, order: SettingsOrder): Promise<SettingsChange> {
  const pairs = [...order.values].flatMap(([name, value]) => [name, value ?? ""]);
  const reply = await askRedis("change the shared settings", () =>
    redis.eval(changeScript, 1, HASH, SETTINGS_CHANNEL, order.knownVersion, order.mode, ...pairs),
  );
  const [previous, version] = v.parse(ChangeReply, reply);
  const entries = new Map([...order.values].map(([name, value]) => [name, { versionUs: version, value }]));
  return { previous, version, entries };
}

/** The change in a pushed message, or `undefined` if there is none. */
export function parsePush(message: string): SettingsChange | undefined {
  const result = v.safeParse(Push, message);
  if (!result.success) return undefined;
  const { previous, version, changes } = result.output;
  return { previous, version, entries: parseEntries(changes) };
}

/**
 * Version of the newest change; 0 if there is none.
 * @throws {ProbeError} If Redis does not answer in time.
 */
export async function readVersion(redis: RedisClient): Promise<number> {
  return Number((await askRedis("read the version of the shared settings", () => redis.hget(HASH, VERSION))) ?? 0);
}

/**
 * Everything shared.
 * @throws {ProbeError} If Redis does not answer in time.
 */
export async function readSettings(redis: RedisClient): Promise<SettingsReading> {
  const [hash, time] = await askRedis("read the shared settings", () =>
    Promise.all([redis.hgetall(HASH), redis.time()]),
  );
  const { [VERSION]: version = "0", ...values } = hash;
  const [seconds, us] = v.parse(Time, time);
  return { entries: parseEntries(Object.entries(values)), version: Number(version), nowUs: seconds * 1_000_000 + us };
}

/**
 * Gives back entries that Redis lost; what is newer there stays.
 * @throws {ProbeError} If Redis does not confirm it in time.
 */
export async function restoreSettings(redis: RedisClient, lost: Entries): Promise<void> {
  const pairs = [...lost].map(([name, entry]) => [name, formatEntry(entry)] as const);
  for (let start = 0; start < pairs.length; start += RESTORED_AT_ONCE) {
    const some = pairs.slice(start, start + RESTORED_AT_ONCE).flat();
    await askRedis("restore the shared settings", () => redis.eval(restoreScript, 1, HASH, ...some));
  }
}

/**
 * Removes entries for good, deletions included.
 * @throws {ProbeError} If Redis does not confirm it in time.
 */
export async function dropSettings(redis: RedisClient, names: readonly string[]): Promise<void> {
  if (names.length > 0) await askRedis("drop deleted settings", () => redis.hdel(HASH, ...names));
}

function parseEntries(pairs: readonly (readonly [string, string])[]): Entries {
  const entries = pairs.map(([name, text]) => [name, parseEntry(text)] as const);
  return new Map(entries.filter((pair): pair is readonly [string, Entry] => pair[1] !== undefined));
}
