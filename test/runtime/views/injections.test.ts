import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "../../../src/chaos/journal.ts";
import { healInjections, injectionViews } from "../../../src/runtime/views/injections.ts";

const home = mkdtempSync(join(tmpdir(), "operator-injections-"));

afterAll(() => rmSync(home, { recursive: true }));

test("injectionViews() names the component at fault, and healInjections() ends what has expired", async () => {
  expect(await injectionViews(home)).toEqual([]);
  {
    using journal = openJournal(home);
    const armedAtMs = Date.now() - 1000;
    const fault = { subject: "ratelimiter", deployment: "gone", seed: 7, armedAtMs, leaseUntilMs: armedAtMs + 500 };
    journal.arm({ ...fault, fault: "node-kill", input: { victim: "node/2" } });
    journal.arm({ ...fault, fault: "unheard-of", input: { x: 1 } });
  }

  const views = await injectionViews(home);
  const healings = await healInjections(home, "expired");

  expect(views[0]?.instance).toEqual({ subject: "ratelimiter", name: "gone" });
  expect(views.map(({ component, hasExpired }) => [component, hasExpired])).toEqual([
    ['{"x":1}', true],
    ["node/2", true],
  ]);
  expect(healings.map(({ component, failed }) => [component, failed])).toEqual([
    ['{"x":1}', undefined],
    ["node/2", undefined],
  ]);
  expect(await injectionViews(home)).toEqual([]);
  expect(await injectionViews(home, { all: true })).toHaveLength(2);
});
