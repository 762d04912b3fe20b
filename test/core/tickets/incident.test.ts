import { expect, test } from "bun:test";
import { closingRefusal, INCIDENT_STATES, mayMove, outcomeOf } from "../../../src/core/tickets/incident.ts";
import { refusalOf, TICKET_CHANGES } from "../../../src/core/tickets/ticket.ts";
import { actorKind } from "../../../src/core/words/actor.ts";

test("mayMove() lets an incident go the whole way", () => {
  const way = ["open", "investigating", "diagnosed", "awaiting-approval", "acting", "verifying", "resolved"] as const;

  const steps = way.slice(1).map((to, index) => mayMove(way[index] ?? "open", to));

  expect(steps).toEqual(Array(6).fill(true));
});

test("mayMove() takes resolved for final, and escalated not", () => {
  expect(INCIDENT_STATES.filter((to) => mayMove("resolved", to))).toEqual([]);
  expect(INCIDENT_STATES.filter((to) => mayMove("escalated", to))).toEqual(["investigating", "resolved"]);
});

test("mayMove() lets every other state be escalated", () => {
  const others = INCIDENT_STATES.filter((from) => from !== "resolved" && from !== "escalated");

  expect(others.filter((from) => !mayMove(from, "escalated"))).toEqual([]);
});

test("mayMove() never leads from acting to resolved past verifying", () => {
  expect(mayMove("acting", "resolved")).toBe(false);
});

const CLOSING = [
  [{ openTickets: 0, causeState: "gone" }, undefined],
  [{ openTickets: 0, causeState: "none" }, undefined],
  [{ openTickets: 1, causeState: "gone" }, "1 of its tickets is open"],
  [{ openTickets: 2, causeState: "none" }, "2 of its tickets are open"],
  [{ openTickets: 0, causeState: "present" }, "its cause still holds"],
  [{ openTickets: 0, causeState: "unknown" }, "it is unknown whether its cause still holds"],
] as const;

for (const [facts, refusal] of CLOSING) {
  test(`closingRefusal() of ${facts.openTickets} open tickets and a cause that is ${facts.causeState}`, () => {
    expect(closingRefusal(facts)).toBe(refusal);
  });
}

test("outcomeOf() owes an end to a verified action, else to a person who took part, else to nothing", () => {
  expect(outcomeOf("verifying", ["monitor/a", "person/ada"])).toBe("action");
  expect(outcomeOf("escalated", ["monitor/a", "person/ada"])).toBe("person");
  expect(outcomeOf("open", ["monitor/a"])).toBe("itself");
});

test("actorKind() reads the kind", () => {
  expect(actorKind("monitor/host:1")).toBe("monitor");
  expect(actorKind("person/ada")).toBe("person");
});

test("refusalOf() allows what fits the state of a ticket", () => {
  const allowed = (state: "open" | "resolved", held: boolean) =>
    TICKET_CHANGES.filter((change) => refusalOf({ state, held }, change) === undefined);

  expect(allowed("open", false)).toEqual(["resolved", "held"]);
  expect(allowed("open", true)).toEqual(["resolved", "unheld"]);
  expect(allowed("resolved", false)).toEqual(["reopened"]);
});
