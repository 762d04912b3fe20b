import { describe, expect, test } from "bun:test";
import { AdmissionLog } from "../../../src/limiter/admissions/admission-log.ts";
import { unitsOf } from "../../../src/limiter/decide/failure-policy.ts";
import { checkOf } from "../checks.ts";

const SECOND = 1_000_000;
const START = 1_700_000_000 * SECOND;
const ALL = { keys: [], limit: 100 };

function unitsIn(log: AdmissionLog, key: string, nowUs: number, windowUs = 10 * SECOND): number {
  return unitsOf(log.leaving(key, { windowUs, nowUs }));
}

describe("page()", () => {
  test("shows buckets as wide as a hundredth of the window, by Redis time", () => {
    const log = new AdmissionLog();
    for (const us of [0, 99_999, 100_000, 350_000]) log.add(checkOf({ cost: 2 }), 7, START + us);

    expect(log.page(ALL, START + SECOND)).toMatchObject({
      redisTimeUs: START + SECOND,
      series: [
        {
          key: "a",
          limit: 5,
          windowMs: 10_000,
          algorithm: "sliding-window",
          epochUs: 7,
          bucketUs: 100_000,
          buckets: [0, 1, 3].map((at) => [START / 100_000 + at, at === 0 ? 4 : 2]),
        },
      ],
      truncated: false,
    });
  });

  test("shows one bucket for a check of any cost", () => {
    const log = new AdmissionLog();
    const request = checkOf({ limit: 1_000_000_000, cost: 1_000_000 });

    for (let us = 0; us < 5 * SECOND; us += SECOND) log.add(request, 0, START + us);

    const { series } = log.page(ALL, START + 5 * SECOND);
    expect(series.map(({ buckets }) => buckets.map(([, units]) => units))).toEqual([Array(5).fill(1_000_000)]);
    expect(log.leaving("a", { windowUs: 10 * SECOND, nowUs: START + 5 * SECOND })).toHaveLength(5);
  });

  test("begins a series for each limit, window, algorithm and epoch", () => {
    const log = new AdmissionLog();
    log.add(checkOf(), 0, START);
    log.add(checkOf({ limit: 6 }), 1, START + 1);
    log.add(checkOf({ limit: 6, windowMs: 500 }), 2, START + 2);
    log.add(checkOf({ limit: 6, windowMs: 500 }), 3, START + 3);
    log.add(checkOf({ limit: 6, windowMs: 500, algorithm: "gcra" }), 0, START + 4);

    const { series } = log.page(ALL, START + 5);

    expect(series.map((one) => [one.limit, one.windowMs, one.epochUs, one.bucketUs, one.algorithm])).toEqual([
      [5, 10_000, 0, 100_000, "sliding-window"],
      [6, 10_000, 1, 100_000, "sliding-window"],
      [6, 500, 2, 10_000, "sliding-window"],
      [6, 500, 3, 10_000, "sliding-window"],
      [6, 500, 0, 10_000, "gcra"],
    ]);
  });

  test("shows keys that took most of a small limit, though others are heavier", () => {
    const log = new AdmissionLog();
    for (let other = 0; other < 50; other++)
      log.add(checkOf({ key: `big-${other}`, limit: 1000, cost: 300 }), 0, START);
    log.add(checkOf({ key: "small", limit: 5, cost: 5 }), 0, START);

    const keys = log.page({ keys: [], limit: 20 }, START).series.map(({ key }) => key);

    expect(keys).toContain("small");
    expect(keys).toHaveLength(20);
  });

  test("shows the keys named and the heaviest, and says when others are left out", () => {
    const log = new AdmissionLog();
    for (const [at, key] of ["a", "b", "c", "d"].entries()) log.add(checkOf({ key, cost: at + 1 }), 0, START);

    const page = log.page({ keys: ["a", "unknown"], limit: 2 }, START);

    expect(page.series.map(({ key }) => key)).toEqual(["a", "d", "c"]);
    expect(page.truncated).toBe(true);
  });

  test.each([
    [1000, 30],
    [60_000, 120],
    [3_600_000, 3780],
  ])("keeps what was admitted by a window of %i ms for %i s", (windowMs, seconds) => {
    const log = new AdmissionLog();
    log.add(checkOf({ windowMs }), 0, START);

    const kept = log.page(ALL, START + (seconds - 1) * SECOND).series.length;
    const gone = log.page(ALL, START + seconds * SECOND + windowMs * 10 + 10_000).series.length;

    expect([kept, gone, log.size]).toEqual([1, 0, 0]);
  });

  test("shows one series for each of several rules in use, however they take turns", () => {
    const log = new AdmissionLog();
    const rules = [checkOf(), checkOf({ windowMs: 500 }), checkOf({ limit: 9 })];
    for (let at = 0; at < 60; at++) log.add(rules[at % 3] ?? checkOf(), 0, START + at);

    const { series, forgotten } = log.page(ALL, START + 100);

    expect(series.map(({ limit, windowMs, buckets }) => [limit, windowMs, buckets[0]?.[1]])).toEqual([
      [5, 10_000, 20],
      [5, 500, 20],
      [9, 10_000, 20],
    ]);
    expect(forgotten).toBe(false);
  });

  test("shows nothing of rules that alternate faster than anybody can follow, and says so", () => {
    const log = new AdmissionLog();
    for (let at = 0; at < 40; at++)
      log.add(checkOf({ limit: 5 + (at % 2), windowMs: 1000 * (1 + (at % 3)) }), at, START + at);

    const { series, truncated } = log.page(ALL, START + 100);

    expect(series.map(({ epochUs }) => epochUs)).toEqual([32, 33, 34, 35, 36, 37, 38, 39]);
    expect(truncated).toBe(true);
    expect(unitsIn(log, "a", START + 100)).toBe(40);
  });
});

describe("leaving()", () => {
  test("counts buckets that are partly inside the window in full", () => {
    const log = new AdmissionLog();
    log.add(checkOf({ cost: 3 }), 0, START);
    log.add(checkOf({ cost: 4 }), 0, START + 5 * SECOND);

    const times = [0, 10 * SECOND, 10 * SECOND + 99_999, 10 * SECOND + 100_000, 15 * SECOND + 99_999, 16 * SECOND];

    expect(times.map((us) => unitsIn(log, "a", START + us))).toEqual([7, 7, 7, 4, 4, 0]);
  });

  test("counts units whatever rule admitted them, in the order in which they leave", () => {
    const log = new AdmissionLog();
    log.add(checkOf({ cost: 1 }), 0, START);
    log.add(checkOf({ cost: 2, windowMs: 500 }), 1, START + SECOND);
    log.add(checkOf({ cost: 3, limit: 9 }), 2, START + 2 * SECOND);

    const leaving = log.leaving("a", { windowUs: 10 * SECOND, nowUs: START + 3 * SECOND });

    expect(leaving.map(([atUs, units]) => [atUs - START, units])).toEqual([
      [10_100_000, 1],
      [11_010_000, 2],
      [12_100_000, 3],
    ]);
  });

  test("counts units in the bucket of their own time, in whatever order they come", () => {
    const log = new AdmissionLog();
    for (const at of [10, 30, 20, 10, 0]) log.add(checkOf(), 0, START + at * 100_000);

    const first = START / 100_000;
    expect(log.page(ALL, START + 3 * SECOND).series[0]?.buckets).toEqual([
      [first, 1],
      [first + 10, 2],
      [first + 20, 1],
      [first + 30, 1],
    ]);
    expect(unitsIn(log, "a", START + 12 * SECOND)).toBe(2);
  });

  test("counts nothing from before a reset", () => {
    const log = new AdmissionLog();
    log.add(checkOf({ cost: 4 }), 0, START);

    log.reset("a");
    log.reset("unknown");
    log.add(checkOf({ cost: 2 }), START + 1, START + 1);

    expect(unitsIn(log, "a", START + 1)).toBe(2);
    expect(log.page(ALL, START + 1).series.map(({ epochUs }) => epochUs)).toEqual([0, START + 1]);
  });
});

test("epochOf() is the newest epoch of the counter of that window and algorithm, whatever was decided since", () => {
  const log = new AdmissionLog();
  log.add(checkOf(), 7, START);
  log.add(checkOf({ limit: 9 }), 8, START);
  log.add(checkOf({ windowMs: 500 }), 9, START);
  log.add(checkOf(), 7, START);

  const asked = [checkOf(), checkOf({ windowMs: 500 }), checkOf({ algorithm: "gcra" })];
  expect(asked.map((request) => log.epochOf(request))).toEqual([8, 9, 0]);
});

test("a log whose keys have primaries of their own forgets by the time of each", () => {
  const log = new AdmissionLog({ nowUsOf: (key) => (key === "behind" ? START : START + 3600 * SECOND) });
  log.add(checkOf({ key: "behind" }), 0, START);

  for (let at = 0; at < 40; at++) log.add(checkOf({ key: "ahead" }), 0, START + 3600 * SECOND + at * SECOND);
  const { series } = log.page({ keys: ["behind"], limit: 10 }, START + 3600 * SECOND);

  expect(series.map(({ key }) => key).includes("behind")).toBe(true);
});

test("toldOf() is what Redis told last of such a check, by the clock of the node, until the key is reset", () => {
  const log = new AdmissionLog();
  const told = (change = {}) => log.toldOf(checkOf(change));
  log.add(checkOf(), 0, START).noteTold(checkOf(), 3, START + 10 * SECOND);

  const first = [told(), told({ limit: 9 }), told({ windowMs: 9000 }), told({ algorithm: "gcra" }), told({ key: "b" })];
  log.shift(SECOND);
  const shifted = told();
  log.reset("a");

  const at = { count: 3, untilUs: START + 10 * SECOND };
  expect(first).toEqual([at, at, undefined, undefined, undefined]);
  expect([shifted?.untilUs, told()?.untilUs]).toEqual([START + 10 * SECOND, 0]);
});

test("shift() moves what was admitted and what was dropped, rather too late than too early", () => {
  const log = new AdmissionLog({ maxKeys: 2 });
  for (const key of ["dropped", "dropped too"]) log.add(checkOf({ key }), 0, 0);
  log.add(checkOf({ cost: 3 }), 0, 0);

  log.shift(START + 50_000);

  expect([START + 10_199_999, START + 10_200_000].map((nowUs) => unitsIn(log, "a", nowUs))).toEqual([3, 0]);
  expect([START + 10_049_999, START + 10_050_000].map((nowUs) => unitsIn(log, "dropped", nowUs))).toEqual([1, 0]);
});
