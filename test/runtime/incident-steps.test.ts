import { expect, test } from "bun:test";
import { incidentLease } from "../../src/core/words/lease.ts";
import type { Change, Database } from "../../src/database/mod.ts";
import {
  investigateIncident,
  mergeIncidents,
  noteIncident,
  resolveIncident,
  splitIncident,
} from "../../src/runtime/incident-steps.ts";
import { newTicket } from "../database/new-ticket.ts";
import { pendingRun } from "../monitor/diagnoses.ts";
import { temporaryDatabase } from "../monitor/scripted-session.ts";

const BY: Change = { atMs: 5000, actor: "person/ada", reason: "By hand" };

test("investigateIncident() has an escalated incident looked at again", () => {
  using database = withIncidents();
  database.incidents.move(1, { ...BY, actor: "agent/x", to: "escalated" });

  expect(investigateIncident(database, 1, BY).state).toBe("investigating");
  expect(database.incidents.transitions(1).at(-1)).toMatchObject({ actor: "person/ada", to: "investigating" });
});

test("mergeIncidents() puts the tickets of one into the other, and ends it as merged", () => {
  using database = withIncidents();

  mergeIncidents(database, { id: 2, into: 1 }, BY);

  expect(database.incidents.get(2)).toMatchObject({ state: "resolved", outcome: "merged", mergedInto: 1 });
  expect(database.incidents.tickets(1).map(({ id }) => id)).toEqual([1, 2, 3]);
  expect(database.incidents.ofTicket(3)?.id).toBe(1);
  expect(database.incidents.transitions(2).at(-1)?.reason).toBe("Merged into incident 1: By hand");
});

test("mergeIncidents() withdraws what waits for the absorbed one, whose approval is void, and nothing of the other", () => {
  using database = withIncidents();
  const [kept, absorbed] = [1, 2].map((incident) => approvedRun(database, incident));

  mergeIncidents(database, { id: 2, into: 1 }, BY);

  expect(database.actionRuns.get(kept ?? 0)?.state).toBe("pending");
  expect(database.actionRuns.get(absorbed ?? 0)).toMatchObject({
    state: "cancelled",
    reason: "Withdrawn: incident 2 was merged into 1",
  });
  expect(database.actionRuns.spendApproval(absorbed ?? 0, "sha256:0", 6000)).toBeUndefined();
});

test("splitIncident() takes tickets into an incident of their own that shares the budget", () => {
  using database = withIncidents();

  const own = splitIncident(database, { id: 1, tickets: [2] }, BY);

  expect(own).toMatchObject({ id: 3, state: "open", splitFrom: 1 });
  expect(database.incidents.tickets(3).map(({ id }) => id)).toEqual([2]);
  expect(database.incidents.tickets(1).map(({ id }) => id)).toEqual([1]);
});

test("resolveIncident() ends an incident whose tickets are resolved or held", () => {
  using database = withIncidents();
  database.tickets.change(1, "resolved", BY);
  database.tickets.change(2, "held", BY);

  expect(resolveIncident(database, 1, BY)).toMatchObject({ state: "resolved", outcome: "person" });
  expect(database.tickets.get(2)).toMatchObject({ state: "open", held: true });
});

test("noteIncident() adds to the history and moves nothing", () => {
  using database = withIncidents();

  noteIncident(database, 1, { ...BY, reason: "Ada looks into it" });

  expect(database.incidents.get(1)?.state).toBe("open");
  expect(database.incidents.transitions(1).at(-1)).toMatchObject({
    from: "open",
    to: "open",
    reason: "Ada looks into it",
  });
});

const REFUSED: readonly (readonly [why: string, step: (database: Database) => unknown, says: string])[] = [
  [
    "an incident that is not there",
    (database) => investigateIncident(database, 9, BY),
    "There is no incident 9; list them with: operator incidents list --all",
  ],
  [
    "an incident that another works on",
    (database) => {
      database.leases.acquire(incidentLease(1), { holder: "agent/x", nowMs: 5000, ttlMs: 60_000 });
      return mergeIncidents(database, { id: 2, into: 1 }, BY);
    },
    "Incident 1 is being worked on by agent/x: try again when it is done",
  ],
  [
    "a merge with itself",
    (database) => mergeIncidents(database, { id: 1, into: 1 }, BY),
    "Incident 1 cannot be merged into itself",
  ],
  [
    "a merge of two instances",
    (database) => {
      const other = database.instances.ensure({ subject: "toy", name: "b" }).id;
      const { id } = database.tickets.open(other, newTicket());
      database.incidents.open(other, { ...BY, title: "Slow", beganAtMs: 0, tickets: [id] });
      return mergeIncidents(database, { id: 3, into: 1 }, BY);
    },
    "Incidents 3 and 1 belong to different instances and cannot be merged",
  ],
  ...[1, 2].map((incident): (typeof REFUSED)[number] => [
    `a merge while an action of incident ${incident} runs`,
    (database) => {
      database.actionRuns.advance(approvedRun(database, incident), { to: "running", atMs: 5000, reason: "Begins" });
      return mergeIncidents(database, { id: 2, into: 1 }, BY);
    },
    `Action 1 of incident ${incident} is running: wait until it has ended`,
  ]),
  [
    "a split while another works on it",
    (database) => {
      database.leases.acquire(incidentLease(1), { holder: "agent/x", nowMs: 5000, ttlMs: 60_000 });
      return splitIncident(database, { id: 1, tickets: [1] }, BY);
    },
    "Incident 1 is being worked on by agent/x: try again when it is done",
  ],
  [
    "a merge into one that was merged",
    (database) => {
      mergeIncidents(database, { id: 2, into: 1 }, BY);
      return mergeIncidents(database, { id: 1, into: 2 }, BY);
    },
    "Incident 2 was merged into incident 1",
  ],
  [
    "a split that leaves nothing",
    (database) => splitIncident(database, { id: 1, tickets: [1, 2] }, BY),
    "Incident 1 would have no open ticket left: name fewer of its tickets",
  ],
  [
    "a split of a ticket that is not in it",
    (database) => splitIncident(database, { id: 1, tickets: [3] }, BY),
    "Ticket 3 is not an open ticket of incident 1: its open tickets are 1, 2",
  ],
  [
    "an end while tickets are open",
    (database) => resolveIncident(database, 1, BY),
    "Incident 1 cannot be resolved: tickets 1, 2 are open; use operator tickets hold or operator tickets resolve first",
  ],
  [
    "an investigation of a linked one",
    (database) => {
      database.incidents.link(2, 1, BY);
      return investigateIncident(database, 2, BY);
    },
    "Incident 2 is looked at with incident 1: operator incidents investigate 1",
  ],
  ["an empty note", (database) => noteIncident(database, 1, { ...BY, reason: " " }), "The note is empty"],
];

for (const [why, step, says] of REFUSED) {
  test(`an incident refuses ${why}, and loses nothing`, () => {
    using database = withIncidents();

    expect(() => step(database)).toThrow(says);

    const open = database.tickets.list({ state: "open", instance: 1 });
    for (const { id } of open) expect(database.incidents.ofTicket(id)?.state).toBe("open");
    expect(open).toHaveLength(3);
  });
}

/** A pending run of an incident that a person has approved. */
function approvedRun({ actionRuns }: Database, incident: number): number {
  const { id, digest } = actionRuns.add({ ...pendingRun(incident), instance: 1, atMs: 4000 });
  actionRuns.approve(id, { digest, actor: "person/ada", atMs: 4000, expiresAtMs: 60_000 });
  return id;
}

/** Incident 1 with tickets 1 and 2, and incident 2 with ticket 3. */
function withIncidents(): Database {
  const database = temporaryDatabase();
  database.instances.ensure({ subject: "toy", name: "a" });
  const ids = (["node/1", "node/2", "node/3"] as const).map((on) => database.tickets.open(1, newTicket(on)).id);
  database.incidents.open(1, { ...BY, title: "Slow", beganAtMs: 0, tickets: ids.slice(0, 2) });
  database.incidents.open(1, { ...BY, title: "Slow too", beganAtMs: 0, tickets: ids.slice(2) });
  return database;
}
