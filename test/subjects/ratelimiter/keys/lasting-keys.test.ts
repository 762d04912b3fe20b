import { expect, test } from "bun:test";
import type { Probed } from "../../../../src/core/subject/probe.ts";
import type { ScanRound } from "../../../../src/subjects/ratelimiter/client/redis-client.ts";
import type { CounterLife } from "../../../../src/subjects/ratelimiter/keys/counter-life.ts";
import { type LastingKeys, searchOn } from "../../../../src/subjects/ratelimiter/keys/lasting-keys.ts";

const signal = new AbortController().signal;

/** A Redis that hands out its counters two at a time. */
class SmallRedis {
  readonly lasting = new Set<string>();
  /** Keys of which it says nothing. */
  readonly refused = new Set<string>();
  readonly keys: string[];
  /** Keys without expiry that are no counters. */
  others = 0;
  scans = 0;

  constructor(keys: readonly string[]) {
    this.keys = [...keys];
  }

  get keysWithoutExpiry(): number {
    return this.lasting.size + this.others;
  }

  async lives(keys: readonly string[]): Promise<readonly Probed<CounterLife>[]> {
    return keys.map((key) => {
      if (this.refused.has(key)) return { failed: "NOPERM", outcome: "failed" };
      return { value: { lifeMs: this.lasting.has(key) ? -1 : 1000, windowMs: 1000 } };
    });
  }

  async scan([from = "0"]: readonly string[]): Promise<ScanRound> {
    this.scans++;
    const at = Number(from);
    const found = this.keys.slice(at, at + 2).filter((key) => this.lasting.has(key));
    const complete = at + 2 >= this.keys.length;
    return { found, complete, position: [complete ? "0" : String(at + 2)] };
  }
}

/** A search that is handed what its last step came to, as core does. */
function finderOn(redis: SmallRedis): { look(): Promise<Pick<LastingKeys, "keys" | "complete">> } {
  let before: LastingKeys = { keys: [], complete: true, others: 0 };
  return {
    async look() {
      before = await searchOn(before, redis.keysWithoutExpiry, { redis, signal });
      const { keys, complete } = before;
      return { keys, complete };
    },
  };
}

test("searchOn() does not scan while Redis says that everything expires", async () => {
  const redis = new SmallRedis(["a", "b", "c"]);
  const finder = finderOn(redis);

  expect(await finder.look()).toEqual({ keys: [], complete: true });
  expect(redis.scans).toBe(0);
});

test("searchOn() scans in bounded steps until it has found what lasts, and remembers it", async () => {
  const redis = new SmallRedis(["a", "b", "c", "d", "e"]);
  const finder = finderOn(redis);
  redis.lasting.add("d");

  const looks = [await finder.look(), await finder.look(), await finder.look()];

  expect(looks).toEqual([
    { keys: [], complete: false },
    { keys: ["d"], complete: false },
    { keys: ["d"], complete: true },
  ]);
  expect(redis.scans).toBe(2);
});

test("searchOn() forgets what expires again, and finds the next", async () => {
  const redis = new SmallRedis(["a", "b"]);
  const finder = finderOn(redis);
  redis.lasting.add("a");
  await finder.look();

  redis.lasting.delete("a");
  expect(await finder.look()).toEqual({ keys: [], complete: true });
  redis.lasting.add("b");
  expect(await finder.look()).toEqual({ keys: ["b"], complete: true });
});

test("searchOn() keeps what it found while Redis says nothing of it", async () => {
  const redis = new SmallRedis(["a", "b"]);
  const finder = finderOn(redis);
  for (const key of ["a", "b"]) redis.lasting.add(key);
  await finder.look();

  redis.refused.add("a");
  redis.lasting.delete("b");

  expect((await finder.look()).keys).toEqual(["a"]);
});

test("searchOn() scans but once for keys that are no counters", async () => {
  const redis = new SmallRedis(["a", "b"]);
  const finder = finderOn(redis);
  redis.others = 7;

  await finder.look();
  await finder.look();

  expect(redis.scans).toBe(1);
  redis.others = 1;
  redis.lasting.add("b");
  await finder.look();
  redis.lasting.add("a");
  expect((await finder.look()).keys).toContain("a");
});

test("searchOn() goes through all keys again for what began to last during a pass", async () => {
  const redis = new SmallRedis(["a", "b", "c", "d"]);
  const finder = finderOn(redis);
  redis.lasting.add("c");

  await finder.look();
  redis.lasting.add("a");
  await finder.look();
  const last = await finder.look();

  expect(last.keys.toSorted()).toEqual(["a", "c"]);
});

test("searchOn() reads all keys over and over where Redis does not count those without expiry", async () => {
  const redis = new SmallRedis(["a", "b", "c", "d", "e"]);
  redis.lasting.add("e");
  const steps: Pick<LastingKeys, "keys" | "complete">[] = [];
  let before: LastingKeys | undefined;
  for (let step = 0; step < 3; step++) {
    before = await searchOn(before, undefined, { redis, signal });
    steps.push({ keys: before.keys, complete: before.complete });
  }
  redis.lasting.delete("e");
  redis.lasting.add("b");
  before = await searchOn(before, undefined, { redis, signal });

  expect(steps).toEqual([
    { keys: [], complete: false },
    { keys: [], complete: false },
    { keys: ["e"], complete: true },
  ]);
  expect(before).toMatchObject({ keys: ["b"], complete: true, pass: { position: ["2"] } });
});
