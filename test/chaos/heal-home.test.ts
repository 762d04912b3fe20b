import { afterAll, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HealHomeContext, healHome, readInjections } from "../../src/chaos/heal-home.ts";
import { openJournal } from "../../src/chaos/journal.ts";
import { systemClock } from "../../src/io/clock.ts";
import { Endpoints } from "../toy/endpoints.ts";
import { toyDeployment, toyLab } from "../toy/lab.ts";

const endpoints = new Endpoints(3);
const homes: string[] = [];
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "operator-heal-"));
  homes.push(home);
});

afterAll(async () => {
  await endpoints[Symbol.asyncDispose]();
  for (const one of homes) rmSync(one, { recursive: true });
});

test("healHome() heals what runs, tells of what cannot be used, and forgets what is gone", async () => {
  await endpoints.kill("endpoint/2");
  for (const deployment of ["toy", "held", "gone"]) arm(deployment);
  const why = "it is held elsewhere";

  const healings = await healHome(
    home,
    "all",
    context({ running: [toyDeployment()], unusable: [{ name: "held", state: "elsewhere", why }] }),
  );

  expect(healings.map(({ injection: { deployment }, failed }) => [deployment, failed])).toEqual([
    ["gone", undefined],
    ["held", why],
    ["toy", undefined],
  ]);
  expect(endpoints.runs("endpoint/2")).toBe(true);
  expect(readInjections(home, (journal) => journal.open()).map(({ deployment }) => deployment)).toEqual(["held"]);
});

test("healHome() leaves alone what somebody still holds, and makes no journal where there is none", async () => {
  const nothing = context({ running: [], unusable: [] });
  expect(await healHome(home, "all", nothing)).toEqual([]);
  expect(readInjections(home, (journal) => journal.list(10))).toEqual([]);

  arm("gone");

  expect(await healHome(home, "expired", nothing)).toEqual([]);
  expect(readInjections(home, (journal) => journal.open())).toHaveLength(1);
});

function arm(deployment: string): void {
  using journal = openJournal(home);
  const armedAtMs = Date.now();
  const held = { armedAtMs, leaseUntilMs: armedAtMs + 60_000, seed: 7, input: {} };
  journal.arm({ subject: "toy", fault: "endpoint-kill", deployment, ...held });
}

function context(found: Awaited<ReturnType<HealHomeContext["survey"]>>): HealHomeContext {
  return { labOf: async () => toyLab(endpoints), survey: async () => found, clock: systemClock };
}
