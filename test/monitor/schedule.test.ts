import { expect, test } from "bun:test";
import { type Tick, ticks } from "../../src/monitor/schedule.ts";
import { VirtualClock } from "../virtual-clock.ts";

const START = 1_700_000_000_000;

test("ticks() come at exact multiples of the interval, however long each is worked on", async () => {
  const { clock, seen } = collect({ workMs: 300 });

  await clock.advance(4000);

  expect(seen.map(({ atMs }) => atMs - START)).toEqual([0, 1000, 2000, 3000, 4000]);
});

test("ticks() leave out what was missed, and stay in step", async () => {
  const { clock, seen } = collect({ workMs: 2500 });

  await clock.advance(6000);

  expect(seen.map(({ atMs }) => atMs - START)).toEqual([0, 3000, 6000]);
});

test("ticks() follow a step of the wall clock and say so, once", async () => {
  const { clock, seen } = collect({});

  await clock.advance(1000);
  clock.step(-60_000);
  await clock.advance(2000);

  expect(seen.map(({ atMs, stepped }) => [atMs - START, stepped])).toEqual([
    [0, false],
    [1000, false],
    [-58_000, true],
    [-57_000, false],
  ]);
});

test("ticks() do not mind a wall clock that is a little off", async () => {
  const { clock, seen } = collect({});

  for (let second = 0; second < 3; second++) {
    clock.step(200);
    await clock.advance(1000);
  }

  expect(seen.map(({ atMs, stepped }) => [atMs - START, stepped])).toEqual([
    [0, false],
    [1000, false],
    [2000, false],
    [3000, false],
  ]);
});

test("ticks() end with the signal, also in the middle of a sleep", async () => {
  const { clock, seen, end, ended } = collect({});

  await clock.advance(1500);
  end.abort();
  await ended;

  expect(seen).toHaveLength(2);
});

test("ticks() never come when the signal has aborted already", async () => {
  const { seen, ended } = collect({ signal: AbortSignal.abort() });

  await ended;

  expect(seen).toEqual([]);
});

test("ticks() pass on what a clock throws", async () => {
  const clock = new VirtualClock(START);
  const broken = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: () => Promise.reject(new Error("no time")),
  };
  const coming = ticks(broken, { intervalMs: 1000, signal: new AbortController().signal });
  await coming.next();

  await expect(coming.next()).rejects.toThrow("no time");
});

function collect({ workMs = 0, signal }: { workMs?: number; signal?: AbortSignal }) {
  const clock = new VirtualClock(START);
  const seen: Tick[] = [];
  const end = new AbortController();
  const work = async (): Promise<void> => {
    for await (const tick of ticks(clock, { intervalMs: 1000, signal: signal ?? end.signal })) {
      seen.push(tick);
      if (workMs > 0) await clock.sleep(workMs);
    }
  };
  return { clock, seen, end, ended: work() };
}
