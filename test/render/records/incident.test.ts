import { expect, test } from "bun:test";
import type { Incident } from "../../../src/core/tickets/incident.ts";
import { renderIncident, renderIncidents } from "../../../src/render/records/incident.ts";
import type { IncidentView } from "../../../src/runtime/views/incident.ts";
import type { ListedIncident } from "../../../src/runtime/views/lists.ts";
import { sampleTicket } from "../../core/tickets/sample-ticket.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");
const OPTIONS = { nowMs: NOW_MS, columns: 120 };
const INCIDENT = {
  id: 3,
  instance: 1,
  state: "resolved",
  outcome: "action",
  title: "lit of lamp/2",
  beganAtMs: NOW_MS - 60_000,
  openedAtMs: NOW_MS - 50_000,
  resolvedAtMs: NOW_MS - 30_000,
} as const;
const TICKET = sampleTicket({
  id: 7,
  invariant: "lit",
  on: "lamp/2",
  state: "resolved",
  summary: "It is dark",
  firstViolatedAtMs: NOW_MS - 60_000,
  openedAtMs: NOW_MS - 50_000,
});

function listed(incident: Incident): ListedIncident {
  return { incident, tickets: [TICKET], actions: [] };
}

test("renderIncidents() shows the outcome beside the state", () => {
  expect(renderIncidents([listed(INCIDENT)], () => "hall", NOW_MS)).toEqual([
    "ID  STATE               SEVERITY  INSTANCE  BEGAN  TITLE",
    "3   resolved by action  critical  hall      1m     lit of lamp/2",
  ]);
});

test("renderIncidents() shows a storm of tickets and entities in at most six lines", () => {
  const { outcome: _outcome, ...open } = { ...INCIDENT, state: "escalated" as const };
  const tickets = ["lit", "dry", "cool", "calm", "still"].map((invariant, index) =>
    sampleTicket({ id: index, invariant, on: "lamp/2", affected: 1000 - index }),
  );

  const lines = renderIncidents([{ incident: open, tickets, actions: [] }], () => "hall", NOW_MS);

  expect(lines.slice(1)).toEqual([
    "3   escalated  critical  hall      1m     lit of lamp/2",
    "    cause    not diagnosed yet",
    "    tickets  5 of 5 open: lit of lamp/2 (1000 entities), dry of lamp/2 (999 entities), cool of lamp/2 (998 entities) and 2 more",
    "    next     Find the cause with: operator agent",
  ]);
});

test("renderIncidents() says of what an incident has become a part, and what is left of its cause", () => {
  const { outcome: _outcome, ...open } = { ...INCIDENT, state: "open" as const };
  const states = [
    { ...open, linkedTo: 1 },
    { ...INCIDENT, mergedInto: 1 },
    { ...INCIDENT, closing: { claims: {}, remains: ["a version"] } },
  ].map((incident) =>
    renderIncidents([listed(incident)], () => "hall", NOW_MS)[1]
      ?.split("  ")[1]
      ?.trim(),
  );

  expect(states).toEqual(["linked to 1", "merged into 1", "resolved by action, cause still there"]);
});

test("renderIncident() tells in order what was seen of its own and what was done, and shows the evidence that belongs to it", () => {
  const seen = (atMs: number, summary: string, invariant?: string) => {
    return { atMs, event: "violated" as const, of: "lamp/2" as const, summary, ...(invariant && { invariant }) };
  };
  const view: IncidentView = {
    incident: INCIDENT,
    instance: { id: 1, subject: "lamps", name: "hall" },
    tickets: [TICKET],
    transitions: [{ id: 1, incident: 3, to: "open", atMs: NOW_MS - 49_000, actor: "monitor/a", reason: "Dark" }],
    ticketHistory: [
      { id: 1, ticket: 7, change: "opened", atMs: NOW_MS - 50_000, actor: "monitor/a", reason: "Violated for 10 s" },
      { id: 3, ticket: 7, change: "joined", atMs: NOW_MS - 47_000, actor: "monitor/a", reason: "lamp/3 joined: Dark" },
      {
        id: 2,
        ticket: 7,
        change: "reason-changed",
        atMs: NOW_MS - 45_000,
        actor: "monitor/a",
        reason: "off became wet",
      },
    ],
    earlier: [],
    linked: [{ ...INCIDENT, id: 4, state: "open", title: "lit of lamp/3" }],
    diagnosis: {
      engine: "rules",
      atMs: NOW_MS,
      observation: "Dark",
      timeline: [
        { ...seen(NOW_MS - 500_000, "lamp/2 was odd long before"), event: "reconfigured" },
        seen(NOW_MS - 61_000, "lamp/2 went down"),
        { ...seen(NOW_MS - 61_000, "lamp/9 restarted"), event: "restarted", of: "lamp/9" },
        seen(NOW_MS - 60_000, "lamp/2 is dark", "lit"),
        seen(NOW_MS - 60_000, "lamp/2 is wet", "dry"),
      ],
      affected: [],
      propagation: [],
      options: [],
      suggestions: [],
      confidence: 0.3,
      unknowns: [],
    },
    actions: [],
    safety: { ladder: { rung: "observe" } },
    decisive: { span: { fromMs: NOW_MS - 120_000, toMs: NOW_MS }, cited: [], verdicts: [] },
    evidence: {
      moved: [],
      frozen: {
        picture: {
          atMs: NOW_MS,
          components: [{ id: "lamp/2", kind: "lamp", state: "down", probe: "refused" }],
          links: [{ from: "lamp/2", to: "mains/1", kind: "wire", state: "down" }],
          series: [],
        },
        id: 1,
        instance: 1,
        atMs: NOW_MS,
        window: { fromMs: 0, toMs: NOW_MS },
        observation: {},
        series: [],
        inspections: [
          {
            id: "config",
            component: "mains/1",
            atMs: NOW_MS,
            value: { fuse: "10 A" },
            difference: {
              sinceMs: 0,
              changes: [
                { path: "switched", was: 1, is: 4, by: 3 },
                { path: "fuse", was: "16 A", is: "10 A" },
              ],
            },
          },
        ],
        logs: [
          {
            component: "lamp/2",
            events: [
              { atMs: NOW_MS - 500_000, component: "lamp/2", level: "error", message: "Long ago", fields: {} },
              { atMs: NOW_MS, component: "lamp/2", level: "error", message: "It burst", fields: {} },
            ],
            failed: "it ended",
          },
          {
            component: "lamp/9",
            events: [{ atMs: NOW_MS, component: "lamp/9", level: "error", message: "Elsewhere", fields: {} }],
          },
        ],
      },
    },
  };

  const lines = renderIncident(view, OPTIONS);

  const timeline = lines.indexOf("Timeline");
  expect(lines.slice(timeline - 4, timeline + 6)).toEqual([
    "",
    "Instance  lamps hall",
    "Linked    incident 4 (open): lit of lamp/3",
    "",
    "Timeline",
    "  2026-01-02T03:03:04.000Z  seen       lamp/2 went down",
    "  2026-01-02T03:03:05.000Z  seen       lamp/2 is dark",
    "  2026-01-02T03:03:15.000Z  ticket     ticket 7 opened: lit of lamp/2",
    "  2026-01-02T03:03:16.000Z  monitor/a  open: Dark",
    "  2026-01-02T03:03:20.000Z  ticket     ticket 7 changed its reason: off became wet",
  ]);
  expect(lines.slice(-12)).toEqual([
    "",
    "Not up when it opened",
    "  lamp/2             down  refused",
    "  lamp/2 to mains/1  down",
    "",
    "Changed since the last healthy look",
    "  mains/1  config  fuse was 16 A, is 10 A",
    "  mains/1  config  switched +3",
    "",
    "Log of lamp/2",
    "  2026-01-02T03:04:05.000Z error It burst",
    "  Cannot read it: it ended",
  ]);
});
