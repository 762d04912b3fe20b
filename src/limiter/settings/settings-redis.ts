/** The shared settings in Redis: one hash, so that readings are consistent and changes are atomic. */

import * as v from "valibot";
import changeScript from "../../../lua/settings-change.lua" with { type: "text" };
import restoreScript from "../../../lua/settings-restore.lua" with { type: "text" };
import { ProbeError } from "../../core/text/errors.ts";
import { type RedisClient, redisTrouble } from "../../io/redis.ts";
import { primaryOf } from "../../io/redis-cluster.ts";
import { type RedisTrouble, troubleInReply } from "../../io/redis-trouble.ts";
import { askRedis } from "../decide/redis/ask-redis.ts";
import { type Entries, type Entry, formatEntry, isSetting, parseEntry, parseVersion } from "./settings-entry.ts";

/** The channel to which changes are published. */
export const SETTINGS_CHANNEL = "ratelimit:{settings}:changes";

/** Everything shared, at one moment. */
export interface SettingsReading {
  readonly entries: Entries;
  /** Version of the newest change; 0 if there is none. */
  readonly version: number;
  /** Redis time in microseconds. */
  readonly nowUs: number;
  /** Names of fields that are not valid settings. */
  readonly unreadable: readonly string[];
}

/** One change, in order of versions. */
export interface SettingsChange {
  /** Version before the change. */
  readonly previous: number;
  readonly version: number;
  readonly entries: Entries;
}

/** A change that has taken effect. */
export interface SettingsChanged extends SettingsChange {
  /** Why the change was not pushed, so that nodes find it by polling; `undefined` if it was. */
  readonly pushTrouble: RedisTrouble | undefined;
}

/** A change to be made. */
export interface SettingsOrder {
  /** New values by name; `undefined` deletes. */
  readonly values: ReadonlyMap<string, string | undefined>;
  /** `announce` notifies every node and stores nothing. */
  readonly mode: "store" | "announce";
  /** Newest version that this node knows. */
  readonly knownVersion: number;
}

const HASH = "ratelimit:{settings}:values";
/** The field with the version of the newest change. */
export const VERSION = "version";
/** Entries restored per call, so that no call blocks Redis for long. */
const RESTORED_AT_ONCE = 1000;

const Version = v.pipe(
  v.string(),
  v.transform(parseVersion),
  v.number("Cannot read version, expected microseconds of Redis time"),
);
const Time = v.tuple([v.pipe(v.unknown(), v.transform(Number)), v.pipe(v.unknown(), v.transform(Number))]);
const ChangeReply = v.tuple([Version, Version, v.string()]);
const Push = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ previous: Version, version: Version, changes: v.array(v.unknown()) }),
);
const PushedChange = v.tuple([v.string(), v.string()]);

/**
 * Changes entries for all nodes, at once or not at all.
 * @throws {ProbeError} If Redis does not confirm it in time; the change may still have taken effect.
 */
export async function sendChange(redis: RedisClient, order: SettingsOrder): Promise<SettingsChanged> {
  const pairs = [...order.values].flatMap(([name, value]) => [name, value ?? ""]);
  const reply = await ask(redis, "change the shared settings", () =>
    redis.eval(changeScript, 1, HASH, SETTINGS_CHANNEL, order.knownVersion, order.mode, ...pairs),
  );
  const versions = v.safeParse(ChangeReply, reply);
  if (!versions.success)
    throw new ProbeError("Cannot change the shared settings: Redis has no readable version of them");
  const [previous, version, refusal] = versions.output;
  const entries = new Map([...order.values].map(([name, value]) => [name, { versionUs: version, value }]));
  return { previous, version, entries, pushTrouble: refusal === "" ? undefined : troubleInReply(refusal) };
}

/** The change in a pushed message, or `undefined` if it cannot be read. */
export function parsePush(message: string): SettingsChange | undefined {
  const result = v.safeParse(Push, message);
  if (!result.success) return undefined;
  const { previous, version, changes } = result.output;
  const pairs = changes.filter((change) => v.is(PushedChange, change));
  return { previous, version, entries: parseEntries(pairs).entries };
}

/**
 * Version of the newest change; 0 if there is none, `undefined` if it cannot be read.
 * @throws {ProbeError} If Redis does not answer in time.
 */
export async function readVersion(redis: RedisClient): Promise<number | undefined> {
  return parseVersion(
    (await ask(redis, "read the version of the shared settings", () => redis.hget(HASH, VERSION))) ?? "0",
  );
}

/**
 * All shared settings. The time is that of the primary that stores them, from which versions are made.
 * @throws {ProbeError} If Redis does not answer in time.
 */
export async function readSettings(redis: RedisClient): Promise<SettingsReading> {
  const [hash, time] = await ask(redis, "read the shared settings", () =>
    Promise.all([redis.hgetall(HASH), primaryOf(redis, HASH).time()]),
  );
  const { [VERSION]: versionText = "0", ...values } = hash;
  const [seconds, us] = v.parse(Time, time);
  const { entries, unreadable } = parseEntries(Object.entries(values));
  const version = parseVersion(versionText);
  return {
    entries,
    version: version ?? 0,
    nowUs: seconds * 1_000_000 + us,
    unreadable: version === undefined ? [VERSION, ...unreadable] : unreadable,
  };
}

/**
 * Restores entries that Redis lost; newer ones in Redis stay. Returns how many were written.
 * @throws {ProbeError} If Redis does not confirm it in time.
 */
export async function restoreSettings(redis: RedisClient, lost: Entries): Promise<number> {
  const pairs = [...lost].map(([name, entry]) => [name, formatEntry(entry)] as const);
  let written = 0;
  for (let start = 0; start < pairs.length; start += RESTORED_AT_ONCE) {
    const some = pairs.slice(start, start + RESTORED_AT_ONCE).flat();
    written += Number(
      await ask(redis, "restore the shared settings", () => redis.eval(restoreScript, 1, HASH, ...some)),
    );
  }
  return written;
}

/**
 * Removes entries permanently, deletions included.
 * @throws {ProbeError} If Redis does not confirm it in time.
 */
export async function dropSettings(redis: RedisClient, names: readonly string[]): Promise<void> {
  if (names.length > 0) await ask(redis, "drop deleted settings", () => redis.hdel(HASH, ...names));
}

function ask<T>(redis: RedisClient, purpose: string, call: () => Promise<T>): Promise<T> {
  return askRedis(purpose, call, () => redisTrouble(redis));
}

function parseEntries(pairs: readonly (readonly [name: string, text: string])[]) {
  const entries = new Map<string, Entry>();
  const unreadable: string[] = [];
  for (const [name, text] of pairs) {
    const entry = parseEntry(text);
    if (entry && isSetting(name, entry)) entries.set(name, entry);
    else unreadable.push(name);
  }
  return { entries, unreadable };
}
