import { expect, test } from "bun:test";
import { monotonicUs, RedisTime } from "../../../../src/limiter/decide/redis/redis-time.ts";

const PRIMARY = {};
/** A Redis whose clock is that far ahead of the node's, in microseconds. */
const AHEAD_US = 5_000_000;

/** What an answer tells that Redis gave at that time and that was sent and read then, in milliseconds. */
function answer(atMs: number, { sentMs = atMs, receivedMs = atMs } = {}, aheadUs = AHEAD_US) {
  return [PRIMARY, atMs * 1000 + aheadUs, { sentMs, receivedMs }] as const;
}

test("note() takes the first answer to have been given halfway", () => {
  const time = new RedisTime();

  time.note(...answer(100, { sentMs: 99, receivedMs: 101 }));

  expect(time.offsetUs(PRIMARY)).toBe(AHEAD_US);
});

test.each([
  ["read late", 100, 1100],
  ["sent late", -900, 100],
])("note() moves nothing by an answer that was %s", (_name, sentMs, receivedMs) => {
  const time = new RedisTime();
  time.note(...answer(10));

  time.note(...answer(100, { sentMs, receivedMs }));

  expect(time.offsetUs(PRIMARY)).toBe(AHEAD_US);
});

test.each([-7_000_000, 7_000_000])(
  "note() follows a clock that has stepped by %i µs, as far as the answer shows it",
  (byUs) => {
    const time = new RedisTime();
    time.note(...answer(10));

    time.note(...answer(100, { sentMs: 99, receivedMs: 101 }, AHEAD_US + byUs));

    expect(Math.abs((time.offsetUs(PRIMARY) ?? 0) - AHEAD_US - byUs)).toBeLessThanOrEqual(1000);
  },
);

test("stepEpochUs() is the time to which a clock was set back, until no window reaches back to before", () => {
  const time = new RedisTime();
  const windowUs = 60_000_000;
  time.note(...answer(1000));
  const before = time.stepEpochUs(PRIMARY, 0, windowUs);

  time.note(...answer(2000, {}, AHEAD_US - 30_000_000));
  const toUs = 2_000_000 + AHEAD_US - 30_000_000;
  const fromUs = 2_000_000 + AHEAD_US;

  const times = [toUs, fromUs + windowUs, fromUs + windowUs + 1];
  expect(times.map((nowUs) => time.stepEpochUs(PRIMARY, nowUs, windowUs))).toEqual([toUs, toUs, 0]);
  expect([before, time.stepEpochUs({}, toUs, windowUs)]).toEqual([0, 0]);
});

test("stepEpochUs() begins no epoch where a clock is slewed, or steps by less than a counter is kept", () => {
  const time = new RedisTime();
  time.note(...answer(1000));

  time.note(...answer(2000, {}, AHEAD_US - 800_000));

  expect(time.stepEpochUs(PRIMARY, 0, 60_000_000)).toBe(0);
});

test("note() comes closer with every answer that is shorter than the one before", () => {
  const time = new RedisTime();
  time.note(...answer(100, { sentMs: 100, receivedMs: 1100 }));

  time.note(...answer(2000, { sentMs: 1999.9, receivedMs: 2000.1 }));

  expect(Math.abs((time.offsetUs(PRIMARY) ?? 0) - AHEAD_US)).toBeLessThanOrEqual(100);
});

test("each primary has an offset of its own, and one that has not answered yet that of the last one that did", () => {
  const time = new RedisTime();
  const [other, third] = [{}, {}];
  time.note(...answer(10));

  time.note(other, 20_000 + 60_000_000, { sentMs: 20, receivedMs: 20 });

  expect([PRIMARY, other, third, undefined].map((primary) => time.offsetUs(primary))).toEqual([
    AHEAD_US,
    60_000_000,
    60_000_000,
    60_000_000,
  ]);
  expect(Math.abs(time.nowUs(PRIMARY) - monotonicUs() - AHEAD_US)).toBeLessThan(1_000_000);
});

test("nowUs() is the time of the wall before any answer", () => {
  const time = new RedisTime();

  expect(time.offsetUs()).toBeUndefined();
  expect(Math.abs(time.nowUs(PRIMARY) / 1000 - Date.now())).toBeLessThan(60_000);
});
