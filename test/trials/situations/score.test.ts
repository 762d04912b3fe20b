import { expect, test } from "bun:test";
import type { Diagnosis } from "../../../src/core/diagnosis/diagnosis.ts";
import type { ActionRun } from "../../../src/core/safety/action-run.ts";
import type { InvariantInfo } from "../../../src/core/subject/subject.ts";
import type { RecordedTicket, SituationRecord } from "../../../src/trials/situations/record.ts";
import { type Scored, scoreSituation } from "../../../src/trials/situations/score.ts";
import type { ExpectedCause } from "../../../src/trials/situations/situation.ts";
import { sampleTicket } from "../../core/tickets/sample-ticket.ts";

const BURST: ExpectedCause = {
  id: "burst",
  components: ["lamp/2"],
  mechanisms: ["crash"],
  trips: ["lit"],
  signalLagMs: 500,
  fixedBy: ["light"],
  says: [/fuse/],
};
const LIT: InvariantInfo = {
  id: "lit",
  severity: "critical",
  graceMs: 4000,
  rationale: "It is dark",
  thresholds: {},
  everyMs: 0,
  reasons: [],
};
const BEGAN_MS = 100_000;
const FIXED_MS = BEGAN_MS + 9000;
const HELD_MS = BEGAN_MS + 10_000;
const CLOSED_MS = HELD_MS + 4100;

test("scoreSituation() finds nothing wrong where a cause is ticketed, named, fixed and closed in time", () => {
  const { causes, problems, ...counts } = scoreSituation(scored());

  expect(problems).toEqual([]);
  expect(counts).toEqual({ tickets: 1, incidents: 1, closedMs: 4100 });
  expect(causes).toEqual([
    {
      cause: "burst",
      dueMs: 6500,
      ticketMs: 5000,
      named: "crash of lamp/2 (confirmed)",
      namedMs: 6000,
      fixedMs: 9000,
    },
  ]);
});

test("scoreSituation() names a ticket that is late, one that is missing and one that is wrong", () => {
  const late = scored({ tickets: [ticket({ openedMs: 7000 })] });
  const missing = scored({ tickets: [] });
  const stray = scored({ tickets: [ticket({}), ticket({ id: 2, invariant: "dry" })] });

  expect(problemsOf(late)).toEqual(["burst: ticket after 7s, due within 6.5s"]);
  expect(problemsOf(missing)).toEqual(["burst: no ticket of lit"]);
  expect(problemsOf(stray)).toEqual(["ticket 2 is wrong: dry of lamp/2: It is dark"]);
});

test("scoreSituation() names a cause that was not found, and one that was confirmed and is wrong", () => {
  const silent = scored({ diagnoses: [] });
  const wrong = scored({ diagnoses: [diagnosis("crash", "lamp/3"), diagnosis("crash", "lamp/2")] });
  const guess = scored({ diagnoses: [diagnosis("hang", "lamp/3", "likely"), diagnosis("crash", "lamp/2")] });

  expect(problemsOf(silent)).toEqual(["burst: not named as crash of lamp/2; said: nothing"]);
  expect(problemsOf(wrong)).toEqual(["incident 1: confirmed wrong: crash of lamp/3"]);
  expect(problemsOf(guess)).toEqual([]);
});

test("scoreSituation() wants the fix in time, from when the cause could be fixed", () => {
  const unfixed = scored({ runs: [] });
  const late = scored({ runs: [run({ effectAtMs: BEGAN_MS + 21_000 })] });
  const marks = { began: new Map([["burst", BEGAN_MS]]), fixable: new Map([["burst", BEGAN_MS + 5000]]) };

  expect(problemsOf(unfixed)).toEqual(["burst: not fixed by light"]);
  expect(problemsOf(late)).toEqual(["burst: fixed after 21s, due within 20s"]);
  expect(problemsOf({ ...late, marks })).toEqual([]);
});

test("scoreSituation() calls harmful what was carried out and fixes nothing, unless a person asked for it", () => {
  const other = run({ id: 2, action: "drop", state: "verified" });
  const elsewhere = run({ id: 3, preview: { sends: "", expectedEffect: "", entities: ["lamp/1"], stops: [] } });
  const byHand = run({ id: 4, action: "drop", origin: { kind: "person" } });
  const { intendedAtMs: _never, ...waiting } = run({ id: 5, action: "drop", state: "cancelled" });

  expect(problemsOf(scored({ runs: [run({}), other, elsewhere, byHand, waiting] }))).toEqual([
    'action 2 is harmful: drop {"lamp":"lamp/2"}, verified',
    'action 3 is harmful: light {"lamp":"lamp/2"}, verified',
  ]);
  expect(problemsOf(scored({ runs: [run({}), other] }, { ...BURST, harmless: ["drop"] }))).toEqual([]);
  expect(problemsOf(scored({ runs: [run({ state: "harmful" })] }))).toEqual([
    'action 1 is harmful: light {"lamp":"lamp/2"}, harmful',
  ]);
});

test("scoreSituation() wants every incident closed soon after its last judgement holds, and no more of them than causes", () => {
  const { resolvedAtMs: _open, ...open } = INCIDENT;
  const late = scored({ incidents: [{ ...INCIDENT, resolvedAtMs: HELD_MS + 9100 }] });
  const left = scored({ incidents: [{ ...open, state: "verifying" }] });
  const two = scored({ incidents: [INCIDENT, { ...INCIDENT, id: 2 }] });
  const linked = scored({ incidents: [INCIDENT, { ...INCIDENT, id: 2, linkedTo: 1 }] });

  expect(problemsOf(late)).toEqual([
    "incident 1 (lit of lamp/2): closed 9.1s after the last judgement held, due within 9s",
  ]);
  expect(problemsOf(left)).toEqual(["incident 1 (lit of lamp/2) is not closed: it is verifying"]);
  expect(problemsOf(two)).toEqual(["2 incidents, expected 1: 1 (lit of lamp/2), 2 (lit of lamp/2)"]);
  expect(problemsOf(linked)).toEqual([]);
});

test("scoreSituation() wants what must be said, no more tickets than allowed, and the course to have begun", () => {
  const mute = { ...scored(), text: "nothing" };
  const many = scored({ tickets: [ticket({}), ticket({ id: 2 })] });
  const idle = { ...scored(), marks: { began: new Map<string, number>(), fixable: new Map<string, number>() } };

  expect(problemsOf(mute)).toEqual(["burst: nothing says /fuse/"]);
  expect(problemsOf({ ...many, expected: { ...many.expected, mostTickets: 1 } })).toEqual([
    "2 tickets, expected at most 1",
  ]);
  expect(problemsOf(idle)).toEqual(["burst: did not begin"]);
});

const INCIDENT = {
  id: 1,
  instance: 1,
  state: "resolved",
  title: "lit of lamp/2",
  beganAtMs: BEGAN_MS,
  openedAtMs: BEGAN_MS + 5000,
  resolvedAtMs: CLOSED_MS,
} as const;

interface Given {
  readonly tickets?: readonly RecordedTicket[];
  readonly incidents?: readonly SituationRecord["incidents"][number]["incident"][];
  readonly diagnoses?: readonly Diagnosis[];
  readonly runs?: readonly ActionRun[];
}

function scored(given: Given = {}, cause: ExpectedCause = BURST): Scored {
  const tickets = given.tickets ?? [ticket({})];
  const diagnoses = given.diagnoses ?? [diagnosis("crash", "lamp/2")];
  return {
    expected: { causes: [cause], mayTrip: [] },
    marks: { began: new Map([["burst", BEGAN_MS]]), fixable: new Map() },
    record: {
      tickets,
      incidents: (given.incidents ?? [INCIDENT]).map((incident) => ({ incident, diagnoses, tickets })),
      runs: given.runs ?? [run({})],
      isHealthy: true,
    },
    rules: { invariants: [LIT], intervalMs: 1000 },
    text: "A fuse has blown",
  };
}

function problemsOf(given: Scored): readonly string[] {
  return scoreSituation(given).problems;
}

function ticket({ id = 1, invariant = "lit", openedMs = 5000 }): RecordedTicket {
  const opened = { id, ticket: id, change: "opened", actor: "monitor/a", reason: "Dark" } as const;
  return {
    ticket: sampleTicket({ id, invariant, on: "lamp/2", summary: "It is dark" }),
    transitions: [{ ...opened, atMs: BEGAN_MS + openedMs }],
    heldSinceMs: HELD_MS,
  };
}

function diagnosis(
  mechanism: "crash" | "hang",
  component: "lamp/2" | "lamp/3",
  verdict: "confirmed" | "likely" = "confirmed",
): Diagnosis {
  return {
    engine: "rules",
    atMs: BEGAN_MS + 6000,
    observation: "Dark",
    timeline: [],
    cause: { component, mechanism, summary: "It burst", claims: [], verdict },
    affected: [],
    propagation: [],
    options: [],
    confidence: 0.9,
    unknowns: [],
    suggestions: [],
  };
}

function run(about: Partial<ActionRun>): ActionRun {
  const cause = {
    component: "lamp/2",
    mechanism: "crash",
    summary: "It burst",
    claims: [],
    verdict: "confirmed",
  } as const;
  return {
    id: 1,
    instance: 1,
    origin: { kind: "incident", incident: 1, cause },
    action: "light",
    input: { lamp: "lamp/2" },
    risk: "reversible",
    preview: { sends: "on", expectedEffect: "light", entities: ["lamp/2"], stops: [] },
    digest: "d",
    state: "verified",
    reason: "It shines",
    proposedAtMs: BEGAN_MS + 7000,
    proposedBy: "agent/a",
    intendedAtMs: BEGAN_MS + 8000,
    effectAtMs: FIXED_MS,
    ...about,
  };
}
