import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Engine } from "../../src/agent/engines/engine.ts";
import { rules } from "../../src/agent/engines/rules/mod.ts";
import { readBundle, writeBundle } from "../../src/agent/replay/bundle.ts";
import { replay } from "../../src/agent/replay/replay.ts";
import type { StepKind } from "../../src/core/diagnosis/investigation.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";
import { incidentLease } from "../../src/core/words/lease.ts";
import { diagnoseIncident, investigateOnce, subjectOf } from "../../src/runtime/diagnose.ts";
import { bundleIn, bundleOf, investigationOf } from "../../src/runtime/investigations.ts";
import { newTicket } from "../database/new-ticket.ts";
import { by } from "../toy/stage.ts";
import { openToy, type ToyInstance } from "./toy-instance.ts";

const signal = AbortSignal.timeout(60_000);

let toy: ToyInstance;

beforeEach(async () => {
  toy = await openToy();
  await toy.endpoints.kill("endpoint/2");
  await toy.endpoints.kill("endpoint/3");
});
afterEach(() => toy[Symbol.asyncDispose]());

test("diagnoseIncident() investigates one incident now, tells each step, and puts the answer on record", async () => {
  const { database } = toy.opened.monitoring;
  const id = openIncident();
  const kinds: StepKind[] = [];
  const investigation = { onStep: ({ kind }: { kind: StepKind }) => void kinds.push(kind) };

  const incident = await diagnoseIncident(toy.opened, { engine: rules, incident: id, investigation }, signal);

  expect(incident.state).toBe("escalated");
  expect(kinds).toContain("concluded");
  expect(database.incidents.diagnoses(id).at(-1)?.cause).toMatchObject({ component: "endpoint/2", mechanism: "crash" });
});

test("diagnoseIncident() refuses what is resolved, worked on, another instance's, or not there", async () => {
  const { database, instance } = toy.opened.monitoring;
  const [busy, other] = [
    openIncident(),
    openIncident("endpoint/2", database.instances.ensure({ subject: "toy", name: "other" }).id),
  ];
  database.leases.acquire(incidentLease(busy), { holder: "agent/other", nowMs: Date.now(), ttlMs: 60_000 });

  await expect(diagnose(busy)).rejects.toThrow(`Incident ${busy} is being worked on by agent/other`);
  await expect(diagnose(other)).rejects.toThrow(`Incident ${other} belongs to toy other, not to toy test`);
  await expect(diagnose(99)).rejects.toThrow("There is no incident 99");
  expect(subjectOf(database, other)).toEqual({ subject: "toy", name: "other" });
  expect(subjectOf(database, 99)).toBeUndefined();
  expect(database.incidents.list({ instance: instance.id, unresolved: true }).length).toBeGreaterThan(0);
});

test("diagnoseIncident() of an incident whose model fails has rules answer, and the failure on record", async () => {
  const { database } = toy.opened.monitoring;
  const id = openIncident();
  const engine: Engine = { id: "model", investigate: () => Promise.reject(new Error("No key")) };

  await diagnoseIncident(toy.opened, { engine, incident: id }, signal);

  expect(database.investigations.list(id).map(({ engine, state }) => [engine, state])).toEqual([
    ["model", "failed"],
    ["rules", "concluded"],
  ]);
  expect(investigationOf(database, id).engine).toBe("rules");
  expect(investigationOf(database, id, database.investigations.list(id)[0]?.id).engine).toBe("model");
});

test("investigateOnce() investigates each incident that needs it once", async () => {
  const ids = [openIncident(), openIncident("endpoint/3")];

  const done = await investigateOnce(toy.opened, { engine: rules }, signal);

  expect(done.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  expect(new Set(done.map(({ id }) => id)).size).toBe(done.length);
});

test("bundleOf() freezes an incident so that it can be played again from the file alone", async () => {
  const { database } = toy.opened.monitoring;
  const id = openIncident();
  await diagnoseIncident(toy.opened, { engine: rules, incident: id }, signal);

  const bundle = readBundle(writeBundle(bundleOf(database, id)));

  expect(bundle.case.incident.id).toBe(id);
  expect(bundle.diagnosis?.cause?.component).toBe("endpoint/2");
  expect((await replay(bundle, signal)).difference).toBeUndefined();
});

test("bundleOf() and bundleIn() say what is missing", () => {
  const { database } = toy.opened.monitoring;
  const [untouched, forgotten] = [openIncident(), openIncident("endpoint/3")];
  const { id } = database.investigations.begin({ incident: forgotten, engine: "rules", atMs: 1, case: {} });
  database.investigations.end(id, {
    atMs: 2,
    state: "failed",
    outcome: "",
    spent: { wallMs: 0, turns: 0, tokens: 0, toolCalls: 0, usd: 0 },
  });
  database.investigations.prune(toy.opened.monitoring.instance.id, 3);

  expect(() => bundleOf(database, untouched)).toThrow(`investigate it with: operator diagnose ${untouched}`);
  expect(() => bundleOf(database, forgotten)).toThrow("is no longer stored");
  expect(() => bundleOf(database, forgotten, 999)).toThrow(`expected one of ${id} by rules`);
  expect(() => bundleOf(database, 999)).toThrow("There is no incident 999");
  expect(() => bundleIn("nowhere.json")).toThrow('Cannot use "nowhere.json": no such file or directory (ENOENT)');
});

function diagnose(incident: number) {
  return diagnoseIncident(toy.opened, { engine: rules, incident }, signal);
}

function openIncident(component: ComponentId = "endpoint/2", instance = toy.opened.monitoring.instance.id): number {
  const { database } = toy.opened.monitoring;
  const opened = by("monitor/test", "Violated for 15 s");
  const { id: ticket } = database.tickets.open(instance, {
    ...newTicket(component, { invariant: "endpoint-answers", summary: `${component} does not answer` }),
    ...opened,
    firstViolatedAtMs: opened.atMs + 1,
    beganAtMs: opened.atMs + 1,
  });
  return database.incidents.open(instance, { ...opened, title: "Down", beganAtMs: opened.atMs, tickets: [ticket] }).id;
}
