import { expect, test } from "bun:test";
import type { CounterLife } from "../../../src/subjects/ratelimiter/counter-life.ts";
import { LastingKeysFinder } from "../../../src/subjects/ratelimiter/lasting-keys.ts";

const signal = new AbortController().signal;

/** A Redis that hands out its counters two at a time. */
class SmallRedis {
  readonly lasting = new Set<string>();
  readonly keys: string[];
  /** Keys without expiry that are no counters. */
  others = 0;
  scans = 0;
  #at = 0;

  constructor(keys: readonly string[]) {
    this.keys = [...keys];
  }

  get keysWithoutExpiry(): number {
    return this.lasting.size + this.others;
  }

  async lives(keys: readonly string[]): Promise<readonly CounterLife[]> {
    return keys.map((key) => ({ lifeMs: this.lasting.has(key) ? -1 : 1000, windowMs: 1000 }));
  }

  async scan(): Promise<{ found: readonly string[]; complete: boolean }> {
    this.scans++;
    const found = this.keys.slice(this.#at, this.#at + 2).filter((key) => this.lasting.has(key));
    this.#at += 2;
    const complete = this.#at >= this.keys.length;
    if (complete) this.#at = 0;
    return { found, complete };
  }
}

test("look() does not scan while Redis says that everything expires", async () => {
  const redis = new SmallRedis(["a", "b", "c"]);
  const finder = new LastingKeysFinder(redis);

  expect(await finder.look(redis, signal)).toEqual({ keys: [], complete: true });
  expect(redis.scans).toBe(0);
});

test("look() scans in bounded steps until it has found what lasts, and remembers it", async () => {
  const redis = new SmallRedis(["a", "b", "c", "d", "e"]);
  const finder = new LastingKeysFinder(redis);
  redis.lasting.add("d");

  const looks = [await finder.look(redis, signal), await finder.look(redis, signal), await finder.look(redis, signal)];

  expect(looks).toEqual([
    { keys: [], complete: false },
    { keys: ["d"], complete: false },
    { keys: ["d"], complete: true },
  ]);
  expect(redis.scans).toBe(2);
});

test("look() forgets what expires again, and finds the next", async () => {
  const redis = new SmallRedis(["a", "b"]);
  const finder = new LastingKeysFinder(redis);
  redis.lasting.add("a");
  await finder.look(redis, signal);

  redis.lasting.delete("a");
  expect(await finder.look(redis, signal)).toEqual({ keys: [], complete: true });
  redis.lasting.add("b");
  expect(await finder.look(redis, signal)).toEqual({ keys: ["b"], complete: true });
});

test("look() scans but once for keys that are no counters", async () => {
  const redis = new SmallRedis(["a", "b"]);
  const finder = new LastingKeysFinder(redis);
  redis.others = 7;

  await finder.look(redis, signal);
  await finder.look(redis, signal);

  expect(redis.scans).toBe(1);
  redis.others = 1;
  redis.lasting.add("b");
  await finder.look(redis, signal);
  redis.lasting.add("a");
  expect((await finder.look(redis, signal)).keys).toContain("a");
});

test("look() goes through all keys again for what began to last during a pass", async () => {
  const redis = new SmallRedis(["a", "b", "c", "d"]);
  const finder = new LastingKeysFinder(redis);
  redis.lasting.add("c");

  await finder.look(redis, signal);
  redis.lasting.add("a");
  await finder.look(redis, signal);
  const last = await finder.look(redis, signal);

  expect(last.keys.toSorted()).toEqual(["a", "c"]);
});
