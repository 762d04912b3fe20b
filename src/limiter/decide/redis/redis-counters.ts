/** Reads and resets counters in Redis for management. */

import { setTimeout as delay } from "node:timers/promises";
import { Cluster, type Redis } from "ioredis";
import { ALGORITHMS } from "../../../../lua/algorithms.ts";
import { LIST_BYTES, namesBehind } from "../../../../lua/counter-windows.ts";
import type { RedisClient } from "../../../io/redis.ts";
import { concernsKeyAlone } from "../../../io/redis-trouble.ts";
import { isKey, isWholeUpTo } from "../../api/fields.ts";
import { MAX_LIMIT, MAX_WINDOW_MS } from "../../settings/bounds.ts";
import type { CounterReading, CounterRule } from "../decision.ts";
import { refusalWordOf } from "./ask-redis.ts";
import { type CounterName, counterName, counterPattern, parseCounterName } from "./counter-names.ts";
import { callKeeper } from "./redirect.ts";
import { callScript, RESET_SCRIPT, SCRIPTS } from "./scripts.ts";

/** The requested counters. */
export interface CounterPage {
  /** Prefix of the keys. */
  readonly prefix: string;
  /** `""` at the start. */
  readonly cursor: string;
  /** About how many. */
  readonly limit: number;
}

/** A page of counters, and the cursor of the next one. */
export interface CountersFound {
  readonly counters: CounterReading[];
  /** `""` at the end. */
  readonly cursor: string;
  /** Number of counters that cannot be read. */
  readonly unreadable: number;
}

/** Names scanned per step, and steps per page, when few of many keys match. */
const SCANNED_AT_ONCE = 1000;
const MAX_STEPS = 50;
/** Retries of a reset, and the milliseconds between them. */
const RESETS_TRIED = 8;
const RESET_AGAIN_MS = 100;
/** Counters read in one call. */
const READ_AT_ONCE = 64;

/** Reads counters through a connection. */
export class RedisCounters {
  readonly #client: RedisClient;
  readonly #prefix: string;

  constructor(client: RedisClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  /**
   * Pages through all counters of all primaries.
   * @throws {Error} If Redis does not answer.
   */
  async page({ prefix, cursor, limit }: CounterPage): Promise<CountersFound> {
    const primaries = this.#primaries();
    const match = counterPattern(this.#prefix, prefix);
    const found: string[] = [];
    let [at, scan] = parseCursor(cursor);
    for (let step = 0; step < MAX_STEPS && at < primaries.length && found.length < limit; step++) {
      const count = prefix ? SCANNED_AT_ONCE : limit - found.length;
      const [next, names] = (await primaries[at]?.scan(scan, "MATCH", match, "COUNT", count)) ?? ["0", []];
      found.push(...names);
      if (next === "0") at += 1;
      scan = next;
    }
    const { readings, unreadable } = await this.#read(found);
    return { counters: readings, unreadable, cursor: at < primaries.length ? `${at}:${scan}` : "" };
  }

  /**
   * Reads the counter of a key: among its non-empty counters, the one of the rule, or else the first.
   * @throws {Error} If Redis does not answer.
   */
  async read(key: string, rule?: CounterRule): Promise<CounterReading | undefined> {
    const names = this.#namesOf(key);
    const values = await Promise.all(names.map((name) => this.#headerOf(name)));
    const { readings } = await this.#read(names.flatMap((name, at) => namesBehind(name, values[at] ?? NOTHING)));
    const counting = readings.filter(({ count }) => count > 0);
    return counting.find((reading) => rule && isOf(reading, rule)) ?? counting[0] ?? readings[0];
  }

  /**
   * Resets all counters of the key, in all windows and algorithms. Where there is none, the reset is stored with the
   * counter of the rule, so that a node that is cut off from Redis learns of it later.
   * @throws {Error} If Redis does not answer.
   */
  async reset(key: string, rule: CounterRule | undefined): Promise<void> {
    const names = this.#namesOf(key);
    const args = ALGORITHMS.map((algorithm) => (algorithm === rule?.algorithm ? rule.windowMs * 1000 : 0));
    if (!(this.#client instanceof Cluster)) {
      await callScript(this.#client, RESET_SCRIPT, { keys: names, args });
      return;
    }
    // While their slot moves, counters may be on two primaries.
    await Promise.all(names.map((name, at) => this.#resetOne(name, args[at] ?? 0)));
  }

  /** Retries while a counter is being moved, which takes a moment. */
  async #resetOne(name: string, arg: number): Promise<void> {
    for (let triesLeft = RESETS_TRIED; ; triesLeft--) {
      try {
        await callKeeper(this.#client, { script: RESET_SCRIPT, call: { keys: [name], args: [arg] } });
        return;
      } catch (error) {
        if (triesLeft === 0 || !concernsKeyAlone(error)) throw error;
        await delay(RESET_AGAIN_MS);
      }
    }
  }

  #namesOf(key: string): string[] {
    return ALGORITHMS.map((algorithm) => counterName(this.#prefix, key, algorithm));
  }

  /** A value of another type is not a counter. */
  async #headerOf(name: string): Promise<Buffer> {
    try {
      return await this.#client.getrangeBuffer(name, 0, LIST_BYTES - 1);
    } catch (error) {
      if (refusalWordOf(error) === "WRONGTYPE") return NOTHING;
      throw error;
    }
  }

  async #read(names: readonly string[]): Promise<CountersRead> {
    const parsed = names.map((name) => ({ name, of: parseCounterName(this.#prefix, name) }));
    const counters = parsed.filter((entry): entry is NamedCounter => entry.of !== undefined);
    const named = counters.filter(({ of }) => isKey(of.key));
    const atOnce = this.#client instanceof Cluster ? 1 : READ_AT_ONCE;
    const chunked = ALGORITHMS.flatMap((algorithm) =>
      chunks(
        named.filter(({ of }) => of.algorithm === algorithm),
        atOnce,
      ),
    );
    const read = (await Promise.all(chunked.map((chunk) => this.#readChunk(chunk)))).flat();
    const readings = read.filter((reading) => reading !== "none" && reading !== "unreadable");
    const bad = read.filter((reading) => reading === "unreadable").length;
    return { readings, unreadable: bad + counters.length - named.length };
  }

  /** A script that fails on one counter fails for the whole call, so each counter is then read separately. */
  async #readChunk(chunk: readonly NamedCounter[]): Promise<readonly ReadCounter[]> {
    const [{ of } = { of: undefined }] = chunk;
    if (!of) return [];
    try {
      const keys = chunk.map(({ name }) => name);
      const reply = await callScript(this.#client, SCRIPTS[of.algorithm], { keys, args: [] });
      return chunk.map((counter, at) => readingOf(counter.of, reply.subarray(1 + at * 3, 4 + at * 3)));
    } catch (error) {
      if (refusalWordOf(error) !== "ERR") throw error; // an error code means that Redis runs no script at all
      if (chunk.length === 1) return ["unreadable"];
      return (await Promise.all(chunk.map((counter) => this.#readChunk([counter])))).flat();
    }
  }

  #primaries(): readonly Redis[] {
    if (!(this.#client instanceof Cluster)) return [this.#client];
    return this.#client.nodes("master").toSorted((a, b) => placeOf(a).localeCompare(placeOf(b)));
  }
}

const NOTHING = Buffer.alloc(0);

function isOf(reading: CounterReading, { algorithm, windowMs }: CounterRule): boolean {
  return reading.algorithm === algorithm && reading.windowMs === windowMs;
}

interface NamedCounter {
  readonly name: string;
  readonly of: CounterName;
}

/** `none` if there is no counter, `unreadable` if the value is not a counter. */
type ReadCounter = CounterReading | "none" | "unreadable";

interface CountersRead {
  readonly readings: CounterReading[];
  readonly unreadable: number;
}

function readingOf({ key, algorithm }: CounterName, [limit = 0, windowUs = 0, count = 0]: Float64Array): ReadCounter {
  if (limit === 0) return "none";
  const windowMs = windowUs / 1000;
  const isCounter = isWholeUpTo(MAX_LIMIT, limit) && isWholeUpTo(MAX_WINDOW_MS, windowMs) && count >= 0;
  return isCounter ? { key, algorithm, limit, windowMs, count, source: "redis" } : "unreadable";
}

function placeOf({ options: { host = "", port = 0 } }: Redis): string {
  return `${host}:${port}`;
}

function parseCursor(cursor: string): [at: number, scan: string] {
  const [, at = "0", scan = "0"] = /^(\d{1,4}):(\d{1,20})$/.exec(cursor) ?? [];
  return [Number(at), scan];
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
