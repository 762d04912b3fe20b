import { expect, test } from "bun:test";
import { type LoopTick, stallOf, watchEventLoop } from "../../../src/limiter/latency/event-loop.ts";
import { until } from "../../until.ts";

test.each([
  [0, 10, 0],
  [2, 2, 0],
  [2.1, 2, 3.1],
  [5, 10, 0],
  [5.1, 10, 10.1],
  [250, 10, 255],
  [-3, 10, 0],
])("stallOf() makes of %p ms of lateness at a period of %p ms a stall of %p ms", (latenessMs, periodMs, stallMs) => {
  expect(stallOf(latenessMs, periodMs)).toBe(stallMs);
});

test("watchEventLoop() tells every tick, and adds up lag and long stalls", async () => {
  const ticks: LoopTick[] = [];
  using watch = watchEventLoop({ onTick: (tick) => ticks.push(tick) });
  await until(() => ticks.length > 0);
  const before = ticks.length;

  block(150);
  await until(() => ticks.length > before);
  const { lagSeconds, stalledSeconds } = watch;
  const stall = ticks.find(({ stallMs }) => stallMs >= 140);

  expect(stall?.elapsedMs).toBeGreaterThanOrEqual(140);
  expect(lagSeconds).toBeGreaterThanOrEqual(0.135);
  expect(stalledSeconds).toBeGreaterThanOrEqual(0.14);
});

test("watchEventLoop() takes no stall for a long one below 100 ms", async () => {
  const ticks: LoopTick[] = [];
  using watch = watchEventLoop({ onTick: (tick) => ticks.push(tick) });

  await until(() => {
    block(50);
    return ticks.some(({ stallMs }) => stallMs >= 30 && stallMs < 100);
  });

  const longMs = ticks.map(({ stallMs }) => stallMs).filter((stallMs) => stallMs >= 100);
  expect(watch.stalledSeconds).toBeCloseTo(longMs.reduce((sum, stallMs) => sum + stallMs, 0) / 1000);
  expect(watch.lagSeconds).toBeGreaterThan(0.02);
});

function block(forMs: number): void {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
}
