import { expect, test } from "bun:test";
import { systemClock } from "../../src/io/clock.ts";
import { repeatEvery } from "../../src/io/repeat-every.ts";

test("repeatEvery() rests after each pass, a failed one too, and ends with the signal", async () => {
  const ending = new AbortController();
  const happened: string[] = [];
  const clock = {
    ...systemClock,
    now: () => 0,
    monotonic: () => 0,
    async sleep() {
      happened.push("rest");
      if (happened.length === 4) ending.abort();
    },
  };
  async function pass(): Promise<void> {
    happened.push("pass");
    if (happened.length === 1) throw new Error("Cannot go on, expected to be asked again");
  }

  await repeatEvery(pass, { of: "test", clock, everyMs: 10 }, ending.signal);

  expect(happened).toEqual(["pass", "rest", "pass", "rest"]);
});
