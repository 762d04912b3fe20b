import { expect, test } from "bun:test";
import type { Diagnosis } from "../../../src/core/diagnosis/diagnosis.ts";
import type { CheckedClaim } from "../../../src/core/diagnosis/hypothesis.ts";
import type { Incident } from "../../../src/core/tickets/incident.ts";
import { renderAnswer } from "../../../src/render/records/incident-answer.ts";
import type { IncidentView } from "../../../src/runtime/views/incident.ts";
import { sampleTicket } from "../../core/tickets/sample-ticket.ts";

const NOW_MS = Date.parse("2026-01-02T03:05:00Z");
const BEGAN_MS = NOW_MS - 60_000;
const OPTIONS = { nowMs: NOW_MS, columns: 100 };
const SPAN = { fromMs: BEGAN_MS - 60_000, toMs: NOW_MS };
const INCIDENT: Incident = {
  id: 3,
  instance: 1,
  state: "diagnosed",
  title: "lamp/2: heat 90 degrees, which is far more than it can bear for long",
  beganAtMs: BEGAN_MS,
  openedAtMs: BEGAN_MS + 4000,
};
const TICKETS = ["cool", "lit", "dry", "calm"].map((invariant, index) =>
  sampleTicket({ id: index + 1, invariant, on: "lamp/2", summary: `lamp/2 is not ${invariant}`, beganAtMs: BEGAN_MS }),
);
const CAUSE = {
  component: "mains/1",
  mechanism: "configuration-change",
  summary: "mains/1 has another voltage",
  verdict: "confirmed",
  claims: [
    claimOf(
      { kind: "verdict-is", invariant: "lit", entity: "lamp/2", verdict: "violated" },
      "lit says violated of lamp/2",
    ),
    claimOf(
      { kind: "verdict-is", invariant: "lit", entity: "lamp/1", verdict: "violated" },
      "lit says violated of lamp/1",
    ),
    claimOf(
      { kind: "state-is", component: "mains/1", path: "state", comparison: "is", value: "up" },
      'mains/1 state is "up"',
    ),
    claimOf({ kind: "changed", component: "mains/1", change: "reconfigured" }, "mains/1 was reconfigured at 03:03:58"),
    claimOf({ kind: "logged", component: "mains/1", contains: "volts", count: 1, sinceMs: 0 }, 'mains/1 wrote "volts"'),
    {
      ...claimOf({ kind: "changed", component: "mains/1", change: "went-down" }, "never seen"),
      outcome: "false" as const,
    },
  ],
} as const;
const DIAGNOSIS: Diagnosis = {
  engine: "rules",
  atMs: NOW_MS,
  observation: "Hot",
  timeline: [],
  cause: CAUSE,
  affected: [],
  propagation: [
    { from: "mains/1", to: "mains/1", how: "reconfigured" },
    { from: "mains/1", to: "lamp/2", how: "more volts" },
    { from: "mains/1", to: "lamp/1", how: "more volts" },
    { from: "lamp/2", to: "room/1", how: "too bright" },
  ],
  options: [],
  suggestions: [],
  confidence: 0.9,
  unknowns: [],
};

test("renderAnswer() says what, why and what to do, the most direct claims and the way from the root first", () => {
  const lines = renderAnswer(viewOf({ diagnosis: DIAGNOSIS }), { nowMs: NOW_MS, columns: 100 });

  expect(lines.slice(0, 12)).toEqual([
    "Incident 3, diagnosed, open for 1m: lamp/2: heat 90 degrees, which is far more …",
    "",
    "What     lamp/2 is not cool (cool)",
    "Since    2026-01-02T03:04:00.000Z; 4 tickets, open",
    "Why      configuration-change of mains/1, confirmed (confidence 0.9): mains/1",
    "         has another voltage",
    'Because  mains/1 wrote "volts"',
    "         mains/1 was reconfigured at 03:03:58",
    '         mains/1 state is "up"',
    "Spreads  mains/1 → lamp/2, lamp/1 → room/1",
    "Next     No known action fixes this. Record a manual fix with:",
    '         operator incidents note 3 "what was done"',
  ]);
  expect(lines).toContain("Actions  at observe: nothing runs by itself");
});

test("renderAnswer() says where no cause was found what leads on, if anything does", () => {
  const { cause: _cause, ...uncaused } = DIAGNOSIS;
  const unknowns = ["Why lamp/1 lost mains/1 for a moment as it began", "No known failure mechanism fits the evidence"];

  const led = renderAnswer(viewOf({ diagnosis: { ...uncaused, unknowns } }), OPTIONS);
  const lost = renderAnswer(viewOf({ diagnosis: { ...uncaused, unknowns: unknowns.slice(1) } }), OPTIONS);

  expect(led.filter((line) => /^(?:Why|Unknown) /.test(line))).toEqual([
    "Why      no cause was found",
    "Unknown  Why lamp/1 lost mains/1 for a moment as it began",
  ]);
  expect(lost).not.toContainEqual(expect.stringMatching(/^Unknown /));
});

test("renderAnswer() cites what one invariant says of many entities once", () => {
  const claims = CAUSE.claims.filter(({ predicate }) => predicate.kind === "verdict-is");

  const lines = renderAnswer(viewOf({ diagnosis: { ...DIAGNOSIS, cause: { ...CAUSE, claims } } }), OPTIONS);

  expect(lines.filter((line) => line.includes("says violated"))).toEqual(["Because  lit says violated of lamp/2"]);
});

test("renderAnswer() draws the decisive series with its threshold, and the verdicts over the same clock times", () => {
  const points = Array.from({ length: 120 }, (_, index) => ({
    atMs: SPAN.fromMs + index * 1000,
    value: index < 60 ? 20 : 90,
  }));
  const window = { metric: "heat_degrees", labels: { component: "lamp/2" }, points };
  const kind = { name: "heat_degrees", unit: "degrees", kind: "gauge", signal: "node" } as const;
  const changes = [
    { atMs: SPAN.fromMs, verdict: "holds" },
    { atMs: BEGAN_MS, verdict: "violated" },
  ] as const;
  const decisive = {
    span: SPAN,
    cited: [],
    chart: { kind, window, limit: 50 },
    verdicts: [{ invariant: "cool", on: "lamp/2", changes }],
  } as const;

  const lines = renderAnswer(viewOf({ decisive }), { nowMs: NOW_MS, columns: 80 });

  const chart = lines.indexOf("heat_degrees of lamp/2, threshold 50 degrees");
  expect(lines.slice(chart + 1).map((line) => line.slice(0, 14).trim())).toEqual([
    "90 degrees",
    "50 degrees",
    "",
    "0 degrees",
    "cool of lamp/2",
    "UTC",
    "",
  ]);
  expect(lines.at(-3)).toMatch(/^cool of lamp\/2 ▁+█+$/);
  expect(lines.at(-2)).toMatch(/^ +UTC 03:03:00 +▲03:04:00 began +03:05:00$/);
});

test("renderAnswer() fits 24 rows of 80 columns, whatever there is to say", () => {
  const long = "x ".repeat(300);
  const wordy = { ...CAUSE, summary: long, claims: CAUSE.claims.map((claim) => ({ ...claim, figure: long })) };
  const points = [
    { atMs: BEGAN_MS, value: 1 },
    { atMs: NOW_MS, value: 2 },
  ];
  const kind = { name: "heat_degrees", unit: "degrees", kind: "gauge", signal: "node" } as const;
  const verdicts = TICKETS.slice(0, 3).map(({ on }) => ({ invariant: `${"long-".repeat(10)}name`, on, changes: [] }));
  const view = viewOf({
    tickets: TICKETS.map((ticket) => ({ ...ticket, problem: { reason: "hot", summary: long } })),
    diagnosis: { ...DIAGNOSIS, cause: wordy },
    decisive: { span: SPAN, cited: [], verdicts, chart: { kind, window: { metric: "heat", labels: {}, points } } },
    safety: { ladder: { rung: "observe" }, halt: { actor: "person/ada", atMs: NOW_MS, reason: "a drill" } },
  });

  const lines = renderAnswer(view, { nowMs: NOW_MS, columns: 80 });

  expect(lines.length).toBeLessThan(24);
  expect(Math.max(...lines.map((line) => Bun.stringWidth(line)))).toBeLessThanOrEqual(80);
  expect(lines.join("\n")).toContain("halted by person/ada");
});

test("renderAnswer() names the causes that were confirmed before, with the time", () => {
  const cause = { ...CAUSE, component: "mains/2", mechanism: "crash", summary: "mains/2 burst" } as const;

  const lines = renderAnswer(viewOf({ diagnosis: DIAGNOSIS, earlier: [{ ...DIAGNOSIS, cause }] }), OPTIONS);

  expect(lines).toContain("Before   crash of mains/2, confirmed (confidence 0.9): mains/2 burst (03:05:00");
});

test.each([
  [{ outcome: "itself" }, "Next     Nothing. It recovered without an action."],
  [{ outcome: "person" }, "Next     Nothing. A person ended it."],
  [{ outcome: "merged", mergedInto: 9 }, "Next     Nothing. It is part of incident 9: operator incidents show 9"],
  [
    { outcome: "itself", closing: { claims: {}, remains: ["version is 2"] } },
    "Next     Nothing. It recovered without an action. Its cause is still there:\n         version is 2",
  ],
] as const)("renderAnswer() says of an incident that is over how it ended: %j", (end, words) => {
  const incident = { ...INCIDENT, state: "resolved", resolvedAtMs: NOW_MS, ...end } as const;

  expect(renderAnswer(viewOf({ incident }), { nowMs: NOW_MS, columns: 100 }).join("\n")).toContain(words);
});

test("renderAnswer() says what the action that ended it has left in force, and how that ends", () => {
  const incident = { ...INCIDENT, state: "resolved", resolvedAtMs: NOW_MS, outcome: "action" } as const;
  const lasts = "lamp/2 stays shaded; end that with: operator actions propose unshade lamp=2";
  const actions = [verified(7, { lasts })];

  const lines = renderAnswer(viewOf({ incident, actions }), { nowMs: NOW_MS, columns: 200 }).join(" ");

  expect(lines.replaceAll(/ +/g, " ")).toContain(`Nothing. Action 7 (shade) fixed it. Still in force: ${lasts}`);
});

test("renderAnswer() names the newest of the actions that fixed an incident, which had opened again after the others", () => {
  const incident = { ...INCIDENT, state: "resolved", resolvedAtMs: NOW_MS, outcome: "action" } as const;

  const lines = renderAnswer(viewOf({ incident, actions: [verified(6), verified(7)] }), OPTIONS).join("\n");

  expect(lines).toContain("Nothing. Action 7 (shade) fixed it.");
});

test("renderAnswer() does not announce a diagnosis of an incident that is over", () => {
  const incident = { ...INCIDENT, state: "resolved", resolvedAtMs: NOW_MS, outcome: "itself" } as const;
  const { diagnosis: _none, ...view } = viewOf({ incident });

  const lines = renderAnswer(view, OPTIONS).join("\n");

  expect(lines).toContain("not diagnosed: it was over before");
});

test("renderAnswer() says of a cause that is over while something is left of it, that it is over", () => {
  const incident = { ...INCIDENT, state: "escalated" } as const;

  const lines = renderAnswer(viewOf({ incident, isOver: true }), { nowMs: NOW_MS, columns: 200 }).join("\n");

  expect(lines).toMatch(/Why .*; it is over\n/);
});

test("renderAnswer() says of an incident without tickets of its own which one has them", () => {
  const incident = { ...INCIDENT, state: "resolved", resolvedAtMs: NOW_MS, outcome: "merged", mergedInto: 9 } as const;

  const lines = renderAnswer(viewOf({ incident, tickets: [] }), OPTIONS).join("\n");

  expect(lines).toContain("incident 9 has its tickets");
  expect(lines).toContain("no ticket of its own");
});

function verified(id: number, preview: { readonly lasts?: string } = {}): IncidentView["actions"][number] {
  return {
    run: {
      id,
      instance: 1,
      origin: { kind: "person" },
      action: "shade",
      input: {},
      risk: "reversible",
      preview: { sends: "", expectedEffect: "", entities: [], stops: [], ...preview },
      digest: "",
      state: "verified",
      reason: "",
      proposedAtMs: 0,
      proposedBy: "agent/a",
    },
    instance: { id: 1, subject: "lamps", name: "hall" },
  };
}

function claimOf(predicate: CheckedClaim["predicate"], figure: string): CheckedClaim {
  return { side: "for", predicate, figure, outcome: "true", persistent: false };
}

function viewOf(about: Partial<IncidentView>): IncidentView {
  return {
    incident: INCIDENT,
    instance: { id: 1, subject: "lamps", name: "hall" },
    tickets: TICKETS,
    transitions: [],
    ticketHistory: [],
    linked: [],
    earlier: [],
    actions: [],
    safety: { ladder: { rung: "observe" } },
    evidence: { moved: [] },
    decisive: { span: { fromMs: 0, toMs: 0 }, cited: [], verdicts: [] },
    ...about,
  };
}
