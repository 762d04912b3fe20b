/** Counters as Redis holds them, read and reset for management. */

import { Cluster, type Redis } from "ioredis";
import type { RedisClient } from "../io/redis.ts";
import { ALGORITHMS } from "./algorithm.ts";
import { type CounterName, counterName, counterPattern, parseCounterName } from "./counter-names.ts";
import type { CounterReading } from "./decision.ts";
import { callScript, RESET_SCRIPT, SCRIPTS } from "./scripts.ts";

/** Which counters are wanted. */
export interface CounterPage {
  /** What keys begin with. */
  readonly prefix: string;
  /** `""` at the start. */
  readonly cursor: string;
  /** About how many. */
  readonly limit: number;
}

/** Some counters and where the others begin. */
export interface CountersFound {
  readonly counters: CounterReading[];
  /** `""` at the end. */
  readonly cursor: string;
}

/** Names looked at in one step, and steps of one page, where few of many keys are wanted. */
const SCANNED_AT_ONCE = 1000;
const MAX_STEPS = 50;
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
    const counters = await this.#read(found);
    return { counters, cursor: at < primaries.length ? `${at}:${scan}` : "" };
  }

  /**
   * Reads the counter of a key: of the algorithms that have one, the first that counts anything.
   * @throws {Error} If Redis does not answer.
   */
  async read(key: string): Promise<CounterReading | undefined> {
    const found = await this.#read(this.#namesOf(key));
    return found.find(({ count }) => count > 0) ?? found[0];
  }

  /**
   * Forgets what is counted for the key; answers whether there was a counter.
   * @throws {Error} If Redis does not answer.
   */
  async reset(key: string): Promise<boolean> {
    const [found = 0] = await callScript(this.#client, RESET_SCRIPT, { keys: this.#namesOf(key), args: [] });
    return found > 0;
  }

  #namesOf(key: string): string[] {
    return ALGORITHMS.map((algorithm) => counterName(this.#prefix, key, algorithm));
  }

  async #read(names: readonly string[]): Promise<CounterReading[]> {
    const parsed = names.map((name) => ({ name, of: parseCounterName(this.#prefix, name) }));
    const known = parsed.filter((entry): entry is NamedCounter => entry.of !== undefined);
    const atOnce = this.#client instanceof Cluster ? 1 : READ_AT_ONCE;
    const readings = ALGORITHMS.flatMap((algorithm) =>
      chunks(
        known.filter(({ of }) => of.algorithm === algorithm),
        atOnce,
      ).map((chunk) => this.#readChunk(chunk)),
    );
    return (await Promise.all(readings)).flat();
  }

  async #readChunk(chunk: readonly NamedCounter[]): Promise<CounterReading[]> {
    const [{ of } = { of: undefined }] = chunk;
    if (!of) return [];
    const reply = await callScript(this.#client, SCRIPTS[of.algorithm], {
      keys: chunk.map(({ name }) => name),
      args: [],
    });
    return chunk.flatMap(({ of: { key, algorithm } }, at) => {
      const [limit = 0, windowUs = 0, count = 0] = reply.subarray(1 + at * 3, 4 + at * 3);
      return limit > 0 ? [{ key, algorithm, limit, windowMs: windowUs / 1000, count, source: "redis" as const }] : [];
    });
  }

  #primaries(): readonly Redis[] {
    if (!(this.#client instanceof Cluster)) return [this.#client];
    return this.#client.nodes("master").toSorted((a, b) => placeOf(a).localeCompare(placeOf(b)));
  }
}

interface NamedCounter {
  readonly name: string;
  readonly of: CounterName;
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
