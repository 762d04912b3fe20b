import { expect, test } from "bun:test";
import { lateAfter } from "../../../src/limiter/decide/late-after.ts";
import { until } from "../../redis-server.ts";

test("lateAfter() calls back in time, unless it is cancelled", async () => {
  const called: string[] = [];
  lateAfter(10, () => called.push("late"));
  lateAfter(5, () => called.push("cancelled"))();

  await until(() => called.length > 0);

  expect(called).toEqual(["late"]);
});

test("lateAfter() waits once more where the process itself was stalled", async () => {
  let called = false;
  lateAfter(300, () => {
    called = true;
  });
  const stalledUntil = performance.now() + 400;
  while (performance.now() < stalledUntil);
  await new Promise((resolve) => setTimeout(resolve, 1));
  const atOnce = called;

  await until(() => called);

  expect(atOnce).toBe(false);
});
