import { expect, test } from "bun:test";
import { systemClock } from "../../src/io/clock.ts";
import { type ObserveOptions, observe } from "../../src/monitor/observe.ts";

/** A session whose look fails when it is told to. */
function slowSession() {
  const { promise, reject } = Promise.withResolvers<never>();
  return { session: { look: () => promise }, end: () => reject(new Error("no answer")) };
}

function optionsWith(record: () => Promise<void>): ObserveOptions {
  return { clock: systemClock, signal: new AbortController().signal, record };
}

test("observe() goes on recording while a look lasts, so that a slow component leaves no gap in the history of others", async () => {
  const { session, end } = slowSession();
  let recordings = 0;
  const record = async (): Promise<void> => {
    recordings += 1;
    if (recordings === 3) end();
  };

  const { failed, unrecorded } = await observe(session, [], optionsWith(record));

  expect(recordings).toBe(3);
  expect([failed, unrecorded]).toEqual(["no answer", undefined]);
});

test("observe() tells how the last recording went", async () => {
  const { session, end } = slowSession();
  let recordings = 0;
  const record = async (): Promise<void> => {
    recordings += 1;
    if (recordings < 2) return;
    end();
    throw new Error("no page");
  };

  expect(await observe(session, [], optionsWith(record))).toMatchObject({ unrecorded: "no page" });
});
