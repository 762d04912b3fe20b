import { describe, expect, test } from "bun:test";
import { AdmissionLog } from "../../../src/limiter/admissions/admission-log.ts";
import { unitsOf } from "../../../src/limiter/decide/failure-policy.ts";
import { checkOf } from "../checks.ts";

const SECOND = 1_000_000;
const START = 1_700_000_000 * SECOND;
const ALL = { keys: [], limit: 100 };

function unitsIn(log: AdmissionLog, key: string, nowUs: number): number {
  return unitsOf(log.leaving(key, { windowUs: 10 * SECOND, nowUs }));
}

describe("bounded in memory, the log", () => {
  test("drops light keys and assumes of every unknown one what the heaviest of them had", () => {
    const log = new AdmissionLog({ maxKeys: 100 });
    for (let at = 0; at <= 100; at++) log.add(checkOf({ key: `${at}`, cost: 1 + at }), 0, START + at);

    const unknown = [5 * SECOND, 10 * SECOND + 99, 10 * SECOND + 100].map((us) => unitsIn(log, "never", START + us));

    // 25 keys were looked at before, since one of four that begin a bucket looks whether another key is over.
    expect([log.size, unknown]).toEqual([100, [26, 26, 0]]);
    expect(unitsIn(log, "100", START + 100)).toBe(101);
    expect(log.page({ keys: ["100"], limit: 100 }, START).truncated).toBe(true);
  });

  test("drops as many keys as it takes to hold few enough buckets", () => {
    const log = new AdmissionLog({ maxBuckets: 100 });
    for (let at = 0; at < 101; at++) log.add(checkOf({ key: `${at % 10}` }), 0, START + at * 100_000);

    expect(log.page(ALL, START).series.flatMap(({ buckets }) => buckets).length).toBeLessThanOrEqual(100);
  });

  test("drops a few keys at once, and keeps the heavy ones while light ones come and go", () => {
    const log = new AdmissionLog({ maxKeys: 1000 });
    const sizes = new Set<number>();
    for (let at = 0; at < 500; at++) log.add(checkOf({ key: `heavy ${at}`, cost: 9 }), 0, START);

    for (let at = 0; at < 10_000; at++) {
      log.add(checkOf({ key: `light ${at}` }), 0, START + at);
      if (at >= 500) sizes.add(log.size);
    }

    expect(Math.min(...sizes)).toBeGreaterThan(935);
    expect(Math.max(...sizes)).toBeLessThan(1020);
    expect(log.keys("heavy").length).toBe(500);
  });

  test.each([
    ["equal", () => 5],
    ["rising", (at: number) => at],
    ["falling", (at: number) => 10_001 - at],
    ["mixed", (at: number) => 1 + ((at * 7919) % 97)],
  ])("holds its bound for keys of %s weights", (_what, costOf) => {
    const log = new AdmissionLog({ maxKeys: 1000 });
    let most = 0;

    for (let at = 1; at <= 10_000; at++) {
      log.add(checkOf({ key: `${at}`, cost: costOf(at) }), 0, START + at);
      most = Math.max(most, log.size);
    }

    expect(most).toBeLessThanOrEqual(1020);
  });

  test("forgets idle keys while others are used", () => {
    const log = new AdmissionLog();
    for (let at = 0; at < 50; at++) log.add(checkOf({ key: `idle ${at}` }), 0, START);

    for (let at = 0; at < 400; at++) log.add(checkOf({ key: "busy" }), 0, START + 60 * SECOND + at * 100_000);

    expect(log.size).toBe(1);
  });

  test("holds a busy key without growing", () => {
    const log = new AdmissionLog({ maxBuckets: 1000 });
    for (let at = 0; at < 20_000; at++) log.add(checkOf(), 0, START + at * 100_000);

    expect(log.page(ALL, START + 2000 * SECOND).series[0]?.buckets.length).toBeLessThanOrEqual(301);
    expect(unitsIn(log, "a", START + 2000 * SECOND)).toBeLessThanOrEqual(101);
  });

  test("remembers few evictions, the heaviest of each time", () => {
    const log = new AdmissionLog({ maxKeys: 0 });
    for (let cost = 200; cost > 0; cost--) log.add(checkOf({ cost }), 0, START + (200 - cost) * SECOND);

    const assumed = unitsIn(log, "b", START + 199 * SECOND);

    expect(log.size).toBe(0);
    expect(assumed).toBeGreaterThanOrEqual(10);
    expect(assumed).toBeLessThanOrEqual(12);
  });
});
