import { expect, spyOn, test } from "bun:test";
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

test("repeatEvery() tells why passes fail once for each reason, and again after a minute", async () => {
  const ending = new AbortController();
  const told = capturedWarnings();
  let nowMs = 0;
  const clock = {
    ...systemClock,
    monotonic: () => nowMs,
    async sleep() {
      nowMs += 20_000;
    },
  };
  const reasons = ["locked", "locked", "deleted", "deleted", "deleted", "deleted"];
  async function pass(): Promise<void> {
    const reason = reasons.shift();
    if (reason === undefined) return ending.abort();
    throw new Error(reason);
  }

  await repeatEvery(pass, { of: "test", clock, everyMs: 10 }, ending.signal);

  expect(told()).toEqual(["locked", "deleted", "deleted"]);
});

/** The errors that are warned of from now on. */
function capturedWarnings(): () => readonly string[] {
  const said: string[] = [];
  const spy = spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  return () => {
    spy.mockRestore();
    return said.flatMap((line) => /error: '(\w+)'/.exec(line)?.[1] ?? []);
  };
}
