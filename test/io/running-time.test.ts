import { expect, test } from "bun:test";
import { once } from "node:events";
import { timeRunning } from "../../src/io/running-time.ts";
import { VirtualClock } from "../virtual-clock.ts";

test("timeRunning() tells how long an answer took to come", async () => {
  const clock = new VirtualClock();
  const answer = Promise.withResolvers<string>();

  const timed = timeRunning(answer.promise, clock);
  await clock.advance(40);
  answer.resolve("PONG");

  expect(await timed).toEqual({ value: "PONG", ranMs: 40 });
});

test("timeRunning() counts no time in which this process did not run", async () => {
  let nowMs = 0;
  const stalls = [2, 2, 300, 2, 2];
  const answer = Promise.withResolvers<string>();
  async function sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    const stallMs = stalls.shift();
    if (stallMs === undefined) answer.resolve("PONG");
    await (stallMs === undefined ? once(signal ?? new EventTarget(), "abort") : undefined);
    nowMs += stallMs ?? 0;
  }

  const { ranMs } = await timeRunning(answer.promise, { monotonic: () => nowMs, sleep });

  expect(nowMs).toBe(308);
  expect(ranMs).toBe(12);
});

test("timeRunning() rejects as the work does, and counts no more", async () => {
  const clock = new VirtualClock();

  await expect(timeRunning(Promise.reject(new Error("refused")), clock)).rejects.toThrow("refused");
});
