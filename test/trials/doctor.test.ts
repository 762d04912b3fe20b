import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "../../src/chaos/journal.ts";
import type { Clock } from "../../src/core/system/clock.ts";
import { type Database, openDatabase } from "../../src/database/mod.ts";
import type { Deployment } from "../../src/deployments/deployment.ts";
import type { Lab } from "../../src/deployments/lab.ts";
import { systemClock } from "../../src/io/clock.ts";
import { monitor } from "../../src/monitor/mod.ts";
import { renderMatrix, renderTrial } from "../../src/render/lab/matrix.ts";
import { type DoctorContext, type FaultTrial, flatTrial, tryFault } from "../../src/trials/doctor.ts";
import { Endpoints } from "../toy/endpoints.ts";
import { toyDeployment, toyLab } from "../toy/lab.ts";
import { toy } from "../toy/subject/mod.ts";
import { until } from "../until.ts";

setDefaultTimeout(60_000);

const INTERVAL_MS = 50;
const ending = new AbortController();
const stack = new AsyncDisposableStack();
const home = mkdtempSync(join(tmpdir(), "operator-doctor-"));
const endpoints = new Endpoints(3);
const deployment: Deployment = toyDeployment();
let database: Database;
let context: Omit<DoctorContext, "lab">;

beforeAll(async () => {
  database = stack.use(openDatabase(join(home, "operator.db")));
  stack.use(endpoints);
  const session = stack.use(await toy.configure(endpoints.config).open({ clock: systemClock }));
  const instance = database.instances.ensure({ subject: "toy", name: "toy" });
  const invariants = toy.invariants.map((invariant) => ({ ...invariant, graceMs: 100 }));
  const series = async (): Promise<readonly []> => [];
  const shared = { database, instance, invariants, clock: systemClock, signal: ending.signal, intervalMs: INTERVAL_MS };
  const watching = monitor(session, { ...shared, series, actor: "monitor/test" });
  stack.defer(() => watching);
  const journal = stack.use(openJournal(home));
  context = { ...shared, journal, seed: 7, patience: { healthyWithinMs: 3000, lateMs: 300, clearWithinMs: 5000 } };
});

afterAll(async () => {
  ending.abort();
  await stack.disposeAsync();
  rmSync(home, { recursive: true });
});

test("tryFault() finds a promise kept, in time, and cleared by healing", async () => {
  const trial = await tryOf(toyLab(endpoints), "endpoint-kill");

  expect(trial).toMatchObject({ fault: "endpoint-kill", component: "endpoint/2", problems: [] });
  expect(trial.findings.get("endpoint-answers")).toBe("promised");
  expect(trial.reasons.get("endpoint-answers")).toBe("refused");
  expect(trial.clearedMs).toBeGreaterThan(0);
  expect(endpoints.runs("endpoint/2")).toBe(true);
});

test("tryFault() holds a fault for its time though the clock is put back meanwhile", async () => {
  const runs = (): boolean => endpoints.runs("endpoint/2");
  let backMs = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => Date.now() - backMs,
    async sleep(ms, signal) {
      await systemClock.sleep(ms, signal);
      if (!runs()) backMs = 3_600_000;
    },
  };

  const trial = await tryOf(toyLab(endpoints), "endpoint-kill", { clock });

  expect(backMs).toBe(3_600_000);
  expect(trial.problems).toEqual([]);
  expect(trial.clearedMs).toBeGreaterThan(0);
});

test("tryFault() names what tripped and must not, and what may", async () => {
  const innocent = await tryOf(toyLab(endpoints, { trips: [] }), "endpoint-kill");
  const candid = await tryOf(toyLab(endpoints, { trips: [], mayTrip: ["endpoint-answers"] }), "endpoint-kill");

  expect(innocent.problems).toEqual(["endpoint-answers tripped unexpectedly"]);
  expect(candid).toMatchObject({ problems: [] });
  expect(candid.findings.get("endpoint-answers")).toBe("allowed");
});

test("tryFault() names what did not trip, what did not bite and what was not healed", async () => {
  const boast = await tryOf(toyLab(endpoints), "nothing-at-all");
  const blunt = await tryOf(toyLab(endpoints), "no-bite");
  const lasting = await tryOf(toyLab(endpoints), "no-cure");

  expect(boast.problems).toEqual(["endpoint-answers did not trip"]);
  expect(blunt.problems).toEqual(['Cannot inject "no-bite": injected but without effect, expected it to bite']);
  expect(lasting.problems).toContain('Cannot heal "no-cure": something of it is left, expected nothing');
});

test("tryFault() tries nothing on a system that is not healthy", async () => {
  await endpoints.kill("endpoint/3");
  await until(() => database.tickets.list({ state: "open" }).length > 0);

  const trial = await tryOf(toyLab(endpoints), "endpoint-kill");
  endpoints.start("endpoint/3");

  expect(trial.problems.join()).toContain(
    "not tried: the system was not healthy before the fault: endpoint-answers of endpoint/3",
  );
  expect(endpoints.runs("endpoint/2")).toBe(true);
});

test("renderMatrix() and renderTrial() show each fault against each invariant, and flatTrial() the same as plain JSON", () => {
  const trial: FaultTrial = {
    fault: "lamp-out",
    component: "lamp/1",
    findings: new Map([
      ["lit", "promised"],
      ["warm", "missed"],
      ["dry", "quiet"],
    ]),
    detectedMs: new Map([["lit", 2140]]),
    reasons: new Map([["lit", "dark"]]),
    dueMs: new Map([["lit", 4000]]),
    clearedMs: 3000,
    problems: ["warm did not trip"],
  };

  expect(renderMatrix([trial], ["lit", "warm", "dry"])).toEqual([
    "fault     1       2       3  cleared",
    "lamp-out  ✓ 2.1s  MISSED  ·  3s",
    "",
    "1 lit, 2 warm, 3 dry",
    expect.stringContaining("✓ tripped as expected"),
    "",
    "lamp-out: warm did not trip",
  ]);
  expect(renderTrial(trial)).toBe("lamp-out of lamp/1: warm did not trip (lit after 2.1s, clear 3s after healing)");
  expect(renderTrial({ ...trial, detectedMs: new Map(), problems: [] })).toBe(
    "lamp-out of lamp/1: nothing tripped, clear 3s after healing",
  );
  expect(JSON.parse(JSON.stringify(flatTrial(trial)))).toMatchObject({
    findings: { lit: "promised", warm: "missed", dry: "quiet" },
    detectedMs: { lit: 2140 },
    reasons: { lit: "dark" },
  });
});

async function tryOf(lab: Lab, id: string, change: Partial<DoctorContext> = {}): Promise<FaultTrial> {
  const fault = lab.faults.find((one) => one.id === id);
  if (!fault) throw new Error(`Cannot try "${id}": the toy lab has none`);
  await using open = await lab.open(deployment);
  return await tryFault(fault, { ...context, ...change, lab: open });
}
