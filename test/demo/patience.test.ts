import { expect, test } from "bun:test";
import { messageOf } from "../../src/core/text/errors.ts";
import { waitFor } from "../../src/demo/patience.ts";
import { VirtualClock } from "../virtual-clock.ts";

const { signal } = new AbortController();

test("waitFor() answers what comes while it waits", async () => {
  const clock = new VirtualClock();
  let ticket: string | undefined;

  const waiting = waitFor("ticket", () => ticket, { signal, clock });
  ticket = "ticket 1";
  await clock.advance(100);

  expect(await waiting).toBe("ticket 1");
});

test("waitFor() gives up when nothing comes", async () => {
  const clock = new VirtualClock();

  const waiting = waitFor("ticket", () => undefined, { signal, clock });
  const outcome = waiting.catch(messageOf);
  await clock.advance(180_000);

  expect(await outcome).toBe("Cannot go on with the demo: no ticket within 3m");
});
