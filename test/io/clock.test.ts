import { expect, test } from "bun:test";
import { systemClock } from "../../src/io/clock.ts";

test("systemClock sleeps for longer than one timer can be set to", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on("warning", onWarning);
  const caller = new AbortController();

  const sleeping = systemClock.sleep(100 * 86_400_000, caller.signal);
  await systemClock.sleep(-1);
  await systemClock.sleep(5);
  caller.abort();

  await expect(sleeping).rejects.toThrow("abort");
  expect(warnings).toEqual([]);
  process.off("warning", onWarning);
});
