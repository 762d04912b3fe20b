/** Everything that can be on record of one incident, so that a test sees each part of a report; and the same with another text in each carrier. */

import type { Diagnosis } from "../../../src/core/diagnosis/diagnosis.ts";
import type { CheckedClaim } from "../../../src/core/diagnosis/hypothesis.ts";
import { NOTHING_SPENT } from "../../../src/core/diagnosis/investigation.ts";
import type { ActionRun } from "../../../src/core/safety/action-run.ts";
import type { Incident } from "../../../src/core/tickets/incident.ts";
import type { DecisiveView } from "../../../src/runtime/views/decisive.ts";
import type { IncidentView } from "../../../src/runtime/views/incident.ts";
import { sampleTicket } from "../../core/tickets/sample-ticket.ts";

/** Epoch milliseconds at which the report is written. */
export const NOW_MS = Date.parse("2026-01-02T03:05:00Z");
const BEGAN_MS = NOW_MS - 120_000;

const INCIDENT: Incident = {
  id: 3,
  instance: 1,
  state: "awaiting-approval",
  title: "lamp/2: heat 90 degrees",
  beganAtMs: BEGAN_MS,
  openedAtMs: BEGAN_MS + 4000,
};
const INSTANCE = { id: 1, subject: "lamps", name: "hall" };

function claim(about: Partial<CheckedClaim> & Pick<CheckedClaim, "predicate" | "figure">): CheckedClaim {
  return { side: "for", outcome: "true", persistent: false, ...about };
}

const CHANGED = claim({
  predicate: { kind: "changed", component: "mains/1", change: "reconfigured" },
  figure: "mains/1 was reconfigured at 03:02:58",
});
const HOT = claim({
  predicate: {
    kind: "level",
    metric: "heat_degrees",
    labels: { component: "lamp/2" },
    comparison: "above",
    factor: 2,
    windowMs: 30_000,
    baselineFromMs: BEGAN_MS - 60_000,
    baselineToMs: BEGAN_MS,
  },
  figure: "heat_degrees of lamp/2 is 90 degrees",
  persistent: true,
});
const STRUCK = claim({
  predicate: { kind: "changed", component: "mains/1", change: "restarted" },
  figure: "mains/1 did not restart",
  outcome: "false",
});
const UNKNOWN = claim({
  predicate: { kind: "logged", component: "mains/1", contains: "volts", count: 1, sinceMs: 0 },
  figure: "no log of mains/1 was read",
  outcome: "unknown",
});
const AGAINST = claim({
  predicate: { kind: "link-works", from: "lamp/2", to: "mains/1" },
  figure: "lamp/2 to mains/1 is down",
  side: "against",
  outcome: "false",
});

const CAUSE = {
  component: "mains/1",
  mechanism: "configuration-change",
  summary: "mains/1 has another voltage",
  verdict: "confirmed",
  claims: [CHANGED, HOT, STRUCK, UNKNOWN, AGAINST],
} as const;

const RULED_OUT = { summary: "It could have been", verdict: "inconclusive", claims: [] } as const;

/** As an engine and code made it. */
export const DIAGNOSIS: Diagnosis = {
  engine: "claude",
  atMs: NOW_MS - 60_000,
  observation: "Two lamps are hot",
  timeline: [
    { atMs: BEGAN_MS - 2000, event: "reconfigured", of: "mains/1", summary: "mains/1 was reconfigured" },
    { atMs: BEGAN_MS, event: "violated", of: "lamp/2", invariant: "cool", summary: "lamp/2: heat 90 degrees" },
  ],
  cause: CAUSE,
  secondOpinion: {
    engine: "rules",
    cause: { ...CAUSE, component: "lamp/2", mechanism: "saturation", verdict: "likely", claims: [HOT, STRUCK] },
  },
  affected: ["lamp/1"],
  propagation: [
    { from: "mains/1", to: "lamp/2", how: "more volts" },
    { from: "lamp/2", to: "room/1", how: "more heat" },
  ],
  options: [
    { ...RULED_OUT, component: "lamp/1", mechanism: "crash", rejectedBecause: "lamp/1 is up", claims: [STRUCK] },
    { ...RULED_OUT, component: "room/1", mechanism: "load-surge", rejectedBecause: "nobody came in" },
  ],
  suggestions: [
    { action: "revert", input: { mains: "mains/1" }, risk: "reversible", expectedEffect: "the lamps cool down" },
  ],
  confidence: 0.9,
  unknowns: ["who changed mains/1"],
};

const RUN: ActionRun = {
  id: 4,
  instance: 1,
  origin: { kind: "incident", incident: 3, cause: CAUSE },
  action: "revert",
  input: { mains: "mains/1" },
  risk: "reversible",
  preview: { sends: "SET volts 230", expectedEffect: "the lamps cool down", entities: ["mains/1"], stops: [] },
  digest: "d",
  state: "pending",
  proposedAtMs: NOW_MS - 50_000,
  proposedBy: "agent/test",
  reason: "It is the cause",
};

const SPAN = { fromMs: BEGAN_MS - 60_000, toMs: NOW_MS };

/** Samples of each second. */
function pointsOf(valueAt: (second: number) => number): { readonly atMs: number; readonly value: number }[] {
  return Array.from({ length: 181 }, (_, second) => ({ atMs: SPAN.fromMs + second * 1000, value: valueAt(second) }));
}

/** A series with a threshold, one beside it, and two verdicts. */
export const DECISIVE: DecisiveView = {
  span: SPAN,
  chart: {
    kind: { name: "heat_degrees", unit: "degrees", kind: "gauge", signal: "node" },
    window: { metric: "heat_degrees", labels: { component: "lamp/2" }, points: pointsOf((at) => (at < 60 ? 20 : 90)) },
    limit: 50,
  },
  cited: [
    {
      kind: { name: "volts_total", unit: "volts", kind: "counter", signal: "traffic" },
      window: { metric: "volts_total", labels: { component: "mains/1", wire: "a" }, points: pointsOf((at) => at * 7) },
    },
  ],
  verdicts: [
    {
      invariant: "cool",
      on: "lamp/2",
      changes: [
        { atMs: SPAN.fromMs, verdict: "holds" },
        { atMs: BEGAN_MS, verdict: "violated" },
        { atMs: NOW_MS - 10_000, verdict: "unknown" },
      ],
    },
    { invariant: "lit", on: "lamp/1", changes: [] },
  ],
};

/** A view in which nothing is missing. */
export function sampleView(about: Partial<IncidentView> = {}): IncidentView {
  const ticket = { on: "lamp/2", invariant: "cool", summary: "lamp/2: heat 90 degrees", beganAtMs: BEGAN_MS } as const;
  return {
    incident: INCIDENT,
    instance: INSTANCE,
    tickets: [sampleTicket({ id: 7, ...ticket }), sampleTicket({ id: 8, on: "lamp/1", invariant: "lit" })],
    transitions: [{ id: 1, incident: 3, to: "open", atMs: BEGAN_MS + 4000, actor: "monitor/a", reason: "Too hot" }],
    ticketHistory: [
      { id: 1, ticket: 7, change: "opened", atMs: BEGAN_MS + 4000, actor: "monitor/a", reason: "Violated for 4 s" },
    ],
    linked: [{ ...INCIDENT, id: 5, linkedTo: 3, title: "lit of lamp/9" }],
    diagnosis: DIAGNOSIS,
    earlier: [{ ...DIAGNOSIS, cause: { ...CAUSE, component: "lamp/1", mechanism: "crash" } }],
    investigation: {
      id: 2,
      incident: 3,
      engine: "claude",
      state: "concluded",
      startedAtMs: NOW_MS - 100_000,
      endedAtMs: NOW_MS - 60_000,
      outcome: "configuration-change of mains/1 (confirmed)",
      spent: { ...NOTHING_SPENT, wallMs: 40_000, turns: 3, tokens: 900, toolCalls: 2, usd: 0.5 },
      steps: [],
      count: 2,
      total: { ...NOTHING_SPENT, wallMs: 42_000, turns: 3, tokens: 900, toolCalls: 4, usd: 0.5 },
    },
    actions: [
      {
        run: RUN,
        instance: INSTANCE,
        waits: "waits for an approval",
        advice: "Approve with: operator actions approve 4",
      },
    ],
    safety: { ladder: { rung: "approve" } },
    evidence: {
      moved: [],
      frozen: {
        id: 1,
        instance: 1,
        atMs: BEGAN_MS,
        window: SPAN,
        observation: {},
        series: [],
        picture: {
          atMs: BEGAN_MS,
          components: [{ id: "lamp/2", kind: "lamp", state: "down", probe: "refused" }],
          links: [{ from: "lamp/2", to: "mains/1", kind: "wire", state: "down" }],
          series: [],
        },
        inspections: [
          {
            id: "config",
            component: "mains/1",
            atMs: BEGAN_MS,
            value: {},
            difference: { sinceMs: 0, changes: [{ path: "volts", was: "230", is: "400" }] },
          },
        ],
        logs: [
          {
            component: "lamp/2",
            events: [{ atMs: BEGAN_MS, component: "lamp/2", level: "error", message: "It burns", fields: {} }],
          },
        ],
      },
    },
    decisive: DECISIVE,
    ...about,
  };
}

/** Words of closed lists, which only code writes. */
const CLOSED: ReadonlySet<string> = new Set(
  "state verdict side outcome kind mechanism change event signal symptom severity risk rung comparison direction level to".split(
    " ",
  ),
);

/** The same view with a foreign text behind each string that is not of a closed list, and in each name of a label. */
export function withText<Value>(value: Value, text: string): Value;
export function withText(value: unknown, text: string): unknown {
  if (typeof value === "string") return value + text;
  if (Array.isArray(value)) return value.map((one) => withText(one, text));
  if (typeof value !== "object" || value === null) return value;
  const inner = Object.entries(value).map(([name, one]) => {
    const isClosed = CLOSED.has(name) && typeof one === "string" && !(name === "to" && one.includes("/"));
    if (isClosed) return [name, one];
    return [name === "wire" ? name + text : name, withText(one, text)];
  });
  return Object.fromEntries(inner);
}
