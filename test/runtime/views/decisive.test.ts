import { expect, test } from "bun:test";
import type { Diagnosis } from "../../../src/core/diagnosis/diagnosis.ts";
import type { Incident } from "../../../src/core/tickets/incident.ts";
import type { Database } from "../../../src/database/mod.ts";
import { decisiveView } from "../../../src/runtime/views/decisive.ts";
import { sampleTicket } from "../../core/tickets/sample-ticket.ts";
import { temporaryDatabase } from "../../monitor/scripted-session.ts";

const BEGAN_MS = Date.parse("2026-01-02T03:04:00Z");
const NOW_MS = BEGAN_MS + 30_000;
const TICKET = sampleTicket({ invariant: "cool", on: "lamp/2", symptom: "slow", figures: { mostMs: 50 } });
const KINDS = [
  { name: "wait_seconds", unit: "seconds", kind: "gauge", signal: "latency" },
  { name: "heat_seconds", unit: "seconds", kind: "gauge", signal: "cpu" },
  { name: "glow_seconds", unit: "seconds", kind: "gauge", signal: "cpu" },
] as const;

test("decisiveView() charts what the most urgent ticket goes by, the worst of several, with its threshold in the same unit", () => {
  using database = recorded();
  const measures = new Map([["cool", { series: ["glow_seconds", "heat_seconds"], limit: "mostMs" }]]);

  const { chart, span } = decisiveView(database, { ...OF, measures });

  expect(chart).toMatchObject({
    kind: { name: "heat_seconds" },
    window: { labels: { component: "lamp/2" } },
    limit: 0.05,
  });
  expect(span).toEqual({ fromMs: BEGAN_MS - 60_000, toMs: NOW_MS });
});

test("decisiveView() charts what the cause was found by, else what the symptom shows by, else nothing", () => {
  using database = recorded();
  const moved = {
    kind: "moved",
    metric: "glow_seconds",
    labels: { component: "lamp/2" },
    direction: "up",
    sinceMs: BEGAN_MS,
  } as const;
  const claim = { side: "for", predicate: moved, outcome: "true", figure: "It glows", persistent: true } as const;
  const cause = {
    component: "lamp/2",
    mechanism: "saturation",
    summary: "",
    claims: [claim],
    verdict: "likely",
  } as const;

  const charts = [
    decisiveView(database, { ...OF, diagnosis: { ...DIAGNOSIS, cause } }),
    decisiveView(database, OF),
    decisiveView(database, { ...OF, tickets: [{ ...TICKET, symptom: "configuration" }] }),
  ].map(({ chart }) => chart?.kind.name);

  expect(charts).toEqual(["glow_seconds", "wait_seconds", undefined]);
});

test("decisiveView() follows the verdicts of a ticket from before it began, until what it is about is gone", () => {
  using database = recorded();
  const said = { on: "lamp/2", reason: "hot", figures: {} } as const;
  const event = { of: TICKET.entity, invariant: "cool", summary: "Hot" } as const;
  const events = database.events.prepare([
    { ...event, atMs: BEGAN_MS, event: "violated", said: { ...said, from: "holds", to: "violated" } },
  ]);
  database.events.add(1, events);

  const open = decisiveView(database, OF);
  const gone = decisiveView(database, {
    ...OF,
    tickets: [{ ...TICKET, state: "resolved", resolvedAtMs: NOW_MS - 5000 }],
  });

  const changes = [
    { atMs: BEGAN_MS - 60_000, verdict: "holds" },
    { atMs: BEGAN_MS, verdict: "violated" },
  ] as const;
  expect(open.verdicts).toEqual([{ invariant: "cool", on: "lamp/2", changes }]);
  expect(gone.verdicts[0]?.changes).toEqual([...changes, { atMs: NOW_MS - 5000, verdict: "unknown" }]);
});

const INCIDENT: Incident = {
  id: 1,
  instance: 1,
  state: "open",
  title: "Hot",
  beganAtMs: BEGAN_MS,
  openedAtMs: BEGAN_MS,
};
const OF = { incident: INCIDENT, tickets: [TICKET], measures: new Map(), nowMs: NOW_MS } as const;
const DIAGNOSIS: Diagnosis = {
  engine: "rules",
  atMs: NOW_MS,
  observation: "Hot",
  timeline: [],
  affected: [],
  propagation: [],
  options: [],
  suggestions: [],
  confidence: 0.9,
  unknowns: [],
};

/** Three series of one lamp; the second rises highest. */
function recorded(): Database {
  const database = temporaryDatabase();
  database.instances.ensure({ subject: "lamps", name: "hall" });
  database.pictures.describe(1, KINDS);
  for (const atMs of [BEGAN_MS - 1000, BEGAN_MS, BEGAN_MS + 1000]) {
    const samples = KINDS.map(({ name }, index) => ({
      metric: name,
      labels: { component: "lamp/2" },
      value: index === 1 ? 9 : 1,
    }));
    database.samples.append(1, atMs, samples);
  }
  return database;
}
