import { expect, test } from "bun:test";
import type { EventKind } from "../../../src/core/system/timeline.ts";
import type { IncidentState } from "../../../src/core/tickets/incident.ts";
import type { ComponentId } from "../../../src/core/words/ids.ts";
import { timelineOf } from "../../../src/render/records/incident-timeline.ts";
import type { IncidentView } from "../../../src/runtime/views/incident.ts";

const BEGAN_MS = Date.parse("2026-01-02T03:04:00Z");

test("timelineOf() shows investigations that came to the same once, with how often and until when, and others each", () => {
  const nothing = ["investigating: Investigating with rules", "diagnosed: No cause was found", "escalated: None fits"];
  const found = ["investigating: Investigating with rules", "diagnosed: crash of lamp/2"];
  const said = ["open: Dark", ...nothing, ...nothing, ...nothing, ...found, ...nothing];

  const rows = timelineOf(viewOf(said)).map(({ text }) => text);

  expect(rows).toEqual([
    "open: Dark",
    ...nothing.slice(0, 2),
    "escalated: None fits (3 times until 2026-01-02T03:04:09.000Z)",
    ...found,
    ...nothing,
  ]);
});

test("timelineOf() says that something works again only where it did not work before, and that it broke once", () => {
  const seen = [
    ["came-up", "lamp/1"],
    ["link-recovered", "lamp/1", "wire/1"],
    ["link-broke", "lamp/1", "wire/2"],
    ["link-broke", "lamp/1", "wire/2"],
    ["link-recovered", "lamp/1", "wire/2"],
    ["link-recovered", "lamp/1", "wire/2"],
    ["restarted", "lamp/1"],
    ["went-down", "lamp/1"],
    ["went-down", "lamp/1"],
    ["came-up", "lamp/1"],
  ] as const;

  const rows = timelineOf(sawView(seen)).map(({ text }) => text);

  expect(rows).toEqual(
    [
      "open: Dark",
      "link-broke lamp/1 wire/2",
      "link-recovered lamp/1 wire/2",
      "restarted lamp/1 ",
      "went-down lamp/1 ",
      "came-up lamp/1 ",
    ].map((text) => text.trim()),
  );
});

test("timelineOf() shows of what swings to and fro the first and the last changes, and how many there were between", () => {
  const swings = Array.from(
    { length: 5 },
    () =>
      [
        ["link-broke", "lamp/1", "wire/1"],
        ["link-recovered", "lamp/1", "wire/1"],
      ] as const,
  );
  const view = sawView(swings.flat());

  const rows = timelineOf(view).map(({ text }) => text);

  expect(rows).toEqual([
    "open: Dark",
    "link-broke lamp/1 wire/1",
    "link-recovered lamp/1 wire/1",
    "link-broke lamp/1 wire/1",
    "link-recovered lamp/1 wire/1 (and 4 more changes until 2026-01-02T03:04:08.000Z)",
    "link-broke lamp/1 wire/1",
    "link-recovered lamp/1 wire/1",
  ]);
});

test("timelineOf() says that something works again that broke before its first event", () => {
  const down = { id: "lamp/1", kind: "lamp", state: "down", labels: {} } as const;
  const view = sawView([["came-up", "lamp/1"]]);
  const picture = { atMs: BEGAN_MS, components: [down], links: [], series: [] };
  const window = { fromMs: BEGAN_MS, toMs: BEGAN_MS };
  const frozen = { id: 1, instance: 1, atMs: BEGAN_MS, window, picture, observation: {}, logs: [], series: [] };

  const rows = timelineOf({ ...view, evidence: { ...view.evidence, frozen } }).map(({ text }) => text);

  expect(rows).toEqual(["open: Dark", "came-up lamp/1"]);
});

/** An incident of which only what was seen is on record, one event per second. */
function sawView(seen: readonly (readonly [EventKind, ComponentId, ComponentId?])[]): IncidentView {
  const view = viewOf(["open: Dark"]);
  const timeline = seen.map(([event, of, to], index) => {
    const summary = [event, of, to].join(" ").trim();
    return { atMs: BEGAN_MS + 1000 * (index + 1), event, of, ...(to && { to }), summary };
  });
  const said = { engine: "rules", atMs: BEGAN_MS, observation: "Dark", options: [], confidence: 0, unknowns: [] };
  const diagnosis = { ...said, timeline, affected: ["lamp/1" as const], propagation: [], suggestions: [] };
  return { ...view, diagnosis };
}

/** An incident of which nothing but its own steps is on record, one per second. */
function viewOf(said: readonly string[]): IncidentView {
  const incident = { id: 1, instance: 1, title: "Dark", beganAtMs: BEGAN_MS, openedAtMs: BEGAN_MS };
  return {
    incident: { ...incident, state: "escalated" },
    instance: { id: 1, subject: "lamps", name: "hall" },
    tickets: [],
    transitions: said.map((text, index) => {
      const [to = "", reason = ""] = text.split(": ");
      return { id: index, incident: 1, to: stateOf(to), atMs: BEGAN_MS + index * 1000, actor: "agent/a", reason };
    }),
    ticketHistory: [],
    earlier: [],
    linked: [],
    actions: [],
    safety: { ladder: { rung: "observe" } },
    decisive: { span: { fromMs: BEGAN_MS, toMs: BEGAN_MS }, cited: [], verdicts: [] },
    evidence: { moved: [] },
  };
}

function stateOf(text: string): IncidentState {
  const states = ["open", "investigating", "diagnosed", "escalated"] as const;
  const state = states.find((one) => one === text);
  if (!state) throw new Error(`Cannot find state "${text}"`);
  return state;
}
