import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ComponentId } from "../../../src/core/words/ids.ts";
import { type Database, type NewTicket, openDatabase } from "../../../src/database/mod.ts";
import { listedIncidents, listedTickets, severityOf } from "../../../src/runtime/views/lists.ts";
import { newTicket } from "../../database/new-ticket.ts";

const NOW_MS = 1_000_000;
const BY = { atMs: NOW_MS, actor: "monitor/a", reason: "Violated" } as const;
const folder = mkdtempSync(join(tmpdir(), "operator-lists-"));
const ids: Record<string, number> = {};
let database: Database;
let scope: Parameters<typeof listedTickets>[1];

/** node/1 and node/2 need redis/main, at which the cause is; node/3 is another incident and older. */
beforeAll(() => {
  database = openDatabase(join(folder, "operator.db"));
  const instance = database.instances.ensure({ subject: "ratelimiter", name: "east" });
  scope = { instances: [instance], nowMs: NOW_MS };
  const components = (["redis/main", "node/1", "node/2", "node/3"] as const).map((id) => ({
    id,
    kind: "x",
    state: "up" as const,
  }));
  const links = (["node/1", "node/2"] as const).map((from) => ({
    from,
    to: "redis/main" as const,
    kind: "x",
    state: "up" as const,
  }));
  database.pictures.add(instance.id, database.pictures.pack({ atMs: 1, components, links, series: [] }));
  file("far", "node/1", { severity: "critical", firstViolatedAtMs: 10, beganAtMs: 10 });
  file("near", "redis/main", { severity: "critical", firstViolatedAtMs: 30, beganAtMs: 30 });
  file("mild", "redis/main", { invariant: "latency-p99", severity: "info", firstViolatedAtMs: 5, beganAtMs: 5 });
  file("other", "node/3", { severity: "warning", firstViolatedAtMs: 1, beganAtMs: 1, atMs: NOW_MS });
  file("gone", "node/2", { severity: "critical" });
  database.tickets.change(id("gone"), "resolved", { ...BY, atMs: 2000 });
  database.incidents.open(instance.id, { ...BY, title: "Mild", beganAtMs: 1, tickets: [id("other")] });
  database.incidents.open(instance.id, {
    ...BY,
    title: "Redis",
    beganAtMs: 5,
    tickets: [id("far"), id("near"), id("mild")],
  });
  const linked = database.incidents.open(instance.id, { ...BY, title: "Linked", beganAtMs: 2, tickets: [id("gone")] });
  database.incidents.link(linked.id, 2, BY);
  const claims: [] = [];
  const cause = {
    component: "redis/main",
    mechanism: "crash",
    summary: "It crashed",
    claims,
    verdict: "confirmed",
  } as const;
  database.incidents.addDiagnosis(2, {
    engine: "rules",
    atMs: 1,
    observation: "Down",
    timeline: [],
    cause,
    affected: [],
    propagation: [],
    options: [],
    confidence: 0.9,
    unknowns: [],
    suggestions: [],
  });
});

afterAll(() => {
  database[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

test("listedTickets() sorts by severity, then by nearness to the cause, then by age, with what is resolved last", async () => {
  expect(await names({})).toEqual(["near", "far", "other", "mild", "gone"]);
});

test.each([
  [{ severity: "critical", state: "open" }, ["near", "far"]],
  [{ invariant: "latency-p99" }, ["mild"]],
  [{ component: "redis/main" }, ["near", "mild"]],
  [{ component: "node/2", state: "open" }, []],
  [{ sinceMs: 2000 }, ["other", "gone"]],
  [{ held: true }, []],
] as const)("listedTickets() keeps of %j only these", async (filter, expected) => {
  expect(await names(filter)).toEqual([...expected]);
});

test("listedTickets() refuses an invariant or a component that there is not, and lists those that there are", async () => {
  await expect(names({ invariant: "latency-p9" })).rejects.toThrow(
    /Cannot find invariant "latency-p9", expected one of .*answers-probes.* did you mean "latency-p99"/,
  );
  await expect(names({ component: "node/4" })).rejects.toThrow(
    "expected one of node/1, node/2, node/3, redis/main, did you mean",
  );
  await expect(listedTickets(database, { instances: [], nowMs: 0 }, { component: "node/1" })).rejects.toThrow(
    "none is known yet",
  );
  expect(await listedTickets(database, { instances: [], nowMs: 0 }, { invariant: "latency-p99" })).toEqual([]);
});

test("listedIncidents() sorts by the worst open ticket, and shows what is linked below its cause", () => {
  const listed = listedIncidents(database, scope, { unresolved: true, limit: 10 });

  expect(listed.map((one) => [one.incident.title, severityOf(one)])).toEqual([
    ["Redis", "critical"],
    ["Linked", "critical"],
    ["Mild", "warning"],
  ]);
  expect(listed[0]?.tickets.map((ticket) => ticket.id)).toEqual([id("near"), id("far"), id("mild")]);
  expect(listed[0]?.diagnosis?.cause?.component).toBe("redis/main");
});

function file(name: string, on: ComponentId, about: Partial<NewTicket>): void {
  const [instance] = scope.instances;
  ids[name] = database.tickets.open(instance?.id ?? 0, newTicket(on, about)).id;
}

function id(name: string): number {
  return ids[name] ?? 0;
}

async function names(filter: Parameters<typeof listedTickets>[2]): Promise<readonly (string | undefined)[]> {
  const tickets = await listedTickets(database, scope, filter);
  return tickets.map((ticket) => Object.keys(ids).find((name) => ids[name] === ticket.id));
}
