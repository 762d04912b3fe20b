import { expect, test } from "bun:test";
import type { EntityState } from "../../src/core/tickets/entity-state.ts";
import type { Change, Database } from "../../src/database/mod.ts";
import { temporaryDatabase } from "../monitor/scripted-session.ts";
import { entityState, newTicket } from "./new-ticket.ts";

const BY: Change = { atMs: 1000, actor: "person/ada", reason: "token=abc says so" };

test("tickets.change() records every step with its actor, and redacts the reason", () => {
  using database = withTicket();

  database.tickets.change(1, "held", BY);
  database.tickets.change(1, "unheld", BY);
  database.tickets.change(1, "resolved", BY);
  const reopened = database.tickets.change(1, "reopened", { ...BY, atMs: 2000 });

  expect(reopened).toMatchObject({ state: "open", reopenCount: 1, openedAtMs: 2000 });
  expect(reopened.resolvedAtMs).toBeUndefined();
  const history = database.tickets.transitions(1);
  expect(history.map(({ change }) => change)).toEqual(["opened", "held", "unheld", "resolved", "reopened"]);
  expect(history.at(-1)).toMatchObject({ actor: "person/ada", reason: "token=[redacted] says so", atMs: 2000 });
});

test("tickets.change() refuses what the state forbids, and a ticket that is not there", () => {
  using database = withTicket();
  database.tickets.change(1, "resolved", BY);

  expect(() => database.tickets.change(1, "held", BY)).toThrow("Ticket 1 is resolved: only an open ticket can be held");
  expect(() => database.tickets.change(7, "held", BY)).toThrow("There is no ticket 7");
  expect(database.tickets.transitions(1)).toHaveLength(2);
});

test("tickets.change() by a person tells the monitor to read again, by the monitor does not", () => {
  using database = withTicket();

  database.tickets.change(1, "resolved", { ...BY, actor: "monitor/a" });
  const before = database.instances.revision(1);
  database.tickets.change(1, "reopened", BY);

  expect([before, database.instances.revision(1)]).toEqual([0, 1]);
});

test("tickets.open() cannot open a second ticket for one invariant and component, and can for another instance", () => {
  using database = withTicket();
  const other = database.instances.ensure({ subject: "other", name: "a" });

  expect(() => database.tickets.open(1, newTicket())).toThrow();
  expect(database.tickets.open(other.id, newTicket()).instance).toBe(other.id);
  expect(database.tickets.list({ instance: 1 })).toHaveLength(1);
});

test("tickets.list() filters and limits, newest first", () => {
  using database = withTicket();
  database.tickets.open(1, newTicket("node/2"));
  database.tickets.change(1, "resolved", BY);

  expect(database.tickets.list({ state: "open" }).map(({ entity }) => entity)).toEqual(["node/2"]);
  expect(database.tickets.list({ limit: 1 }).map(({ id }) => id)).toEqual([2]);
});

test("incidents.move() records the way and refuses another", () => {
  using database = withIncident();
  const step = { atMs: 2000, actor: "agent/x", reason: "Goes on" } as const;

  database.incidents.move(1, { ...step, to: "investigating", from: "open" });

  expect(() => database.incidents.move(1, { ...step, to: "acting" })).toThrow(
    "Cannot move incident 1 to acting: it is investigating, expected a state before that",
  );
  expect(() => database.incidents.move(1, { ...step, to: "resolved", from: "open" })).toThrow(
    "Cannot move incident 1 to resolved: it is investigating, expected open",
  );
  expect(() => database.incidents.move(9, { ...step, to: "resolved" })).toThrow("There is no incident 9");
  expect(database.incidents.transitions(1).map(({ from, to }) => [from, to])).toEqual([
    [undefined, "open"],
    ["open", "investigating"],
  ]);
});

test("incidents.list() has every incident that is not resolved, however many there are", () => {
  using database = withIncident();
  const incident = { ...BY, title: "Slow", beganAtMs: 0, tickets: [] };
  database.transact(() => {
    for (let more = 0; more < 1000; more++) database.incidents.open(1, incident);
  });

  expect(database.incidents.list({ instance: 1, unresolved: true })).toHaveLength(1001);
  expect(database.incidents.list({ instance: 1 })).toHaveLength(1000);
});

test("incidents.move() to resolved keeps time and outcome", () => {
  using database = withIncident();

  const ended = database.incidents.move(1, { ...BY, to: "resolved", outcome: "person" });

  expect(ended).toMatchObject({ resolvedAtMs: 1000, outcome: "person" });
  expect(database.incidents.list({ unresolved: true })).toEqual([]);
  expect(database.incidents.list({ instance: 1 })).toHaveLength(1);
  expect(database.incidents.openTickets(1)).toEqual([]);
});

test("incidents.join() adds tickets once and moves the beginning back", () => {
  using database = withIncident();
  const earlier = database.tickets.open(1, newTicket("node/2", { firstViolatedAtMs: 10 }));

  database.incidents.join(1, [earlier.id]);
  database.incidents.join(1, [earlier.id]);

  expect(database.incidents.tickets(1).map(({ id }) => id)).toEqual([1, 2]);
  expect(database.incidents.get(1)?.beganAtMs).toBe(10);
  expect(database.incidents.openTickets(1).map(({ id, incident, state }) => [id, incident, state])).toEqual([
    [1, 1, "open"],
    [2, 1, "open"],
  ]);
  expect(database.incidents.ofTicket(2)?.id).toBe(1);
  expect(database.incidents.ofTicket(3)).toBeUndefined();
});

test("incidents.addDiagnosis() keeps every answer, oldest first", () => {
  using database = withIncident();
  const answer = {
    engine: "rules",
    atMs: 1,
    observation: "Slow",
    timeline: [],
    affected: [],
    propagation: [],
    options: [],
    suggestions: [],
    confidence: 0.3,
    unknowns: [],
  };

  database.incidents.addDiagnosis(1, answer);
  database.incidents.addDiagnosis(1, { ...answer, engine: "other" });

  expect(database.incidents.diagnoses(1).map(({ engine }) => engine)).toEqual(["rules", "other"]);
});

test("entityStates.load() answers what was saved", () => {
  using database = withTicket();
  const whole: EntityState = {
    ...entityState(),
    fillMs: 12.5,
    violatedSinceMs: 5,
    holds: 2,
    heldMs: 7,
    unjudgedSinceMs: 9,
    ticketOn: "node/1",
    isGone: true,
  };
  const bare = entityState({ entity: "node/2", verdict: "holds" });

  database.entityStates.save(1, [whole, bare]);

  expect(database.entityStates.load(1)).toEqual([whole, bare]);
  database.entityStates.forget(1, [bare]);
  expect(database.entityStates.load(1)).toHaveLength(1);
});

test("leases.acquire() lets one holder in at a time, until it gives up or its time is over", () => {
  using database = temporaryDatabase();
  const ask = (holder: string, nowMs: number) => database.leases.acquire("x", { holder, nowMs, ttlMs: 1000 }).holder;

  expect(ask("a", 0)).toBe("a");
  expect(ask("b", 999)).toBe("a");
  expect(ask("a", 999)).toBe("a");
  expect(ask("b", 1999)).toBe("b");
  database.leases.release("x", "a");
  expect(database.leases.current("x", 2000)?.holder).toBe("b");
  database.leases.release("x", "b");
  expect(database.leases.current("x", 2000)).toBeUndefined();
});

test("leases.current() takes a lease for ended when the clock was put back behind it", () => {
  using database = temporaryDatabase();
  database.leases.acquire("x", { holder: "a", nowMs: 1_000_000, ttlMs: 1000 });

  expect(database.leases.current("x", 0)).toBeUndefined();
});

test("feed.after() tells what is new of one instance, and where to go on", () => {
  using database = withIncident();
  database.instances.ensure({ subject: "toy", name: "b" });
  const said = { on: "node/1", from: "holds", to: "violated", reason: "refused", figures: {} } as const;
  const event = { atMs: 5, event: "violated", of: "node/1", invariant: "answers", summary: "", said } as const;
  const start = database.feed.end();

  for (const instance of [1, 2]) database.events.add(instance, database.events.prepare([event]));
  database.tickets.change(1, "held", BY);
  database.incidents.move(1, { ...BY, to: "investigating" });
  database.checkups.add({ instance: 1, atMs: 5, elapsedMs: 1.5, holds: 1, violated: 0, unknown: 0 });
  const page = database.feed.after(1, start);

  expect(page.items.map(({ kind }) => kind)).toEqual(["verdict", "ticket", "incident", "checkup"]);
  expect(page.items[1]).toMatchObject({ ticket: { held: true }, transition: { change: "held" } });
  expect(database.feed.after(1, page.position).items).toEqual([]);
});

test("instances are found by name, by id and by subject", () => {
  using database = temporaryDatabase();
  const a = database.instances.ensure({ subject: "toy", name: "a" });

  expect(database.instances.ensure({ subject: "toy", name: "a" })).toEqual(a);
  expect(database.instances.get(a.id)).toEqual(a);
  expect(database.instances.get(99)).toBeUndefined();
  expect(database.instances.list("other")).toEqual([]);
  database.instances.bumpRevision(a.id);
  expect(database.instances.revision(a.id)).toBe(1);
  expect(database.instances.revision(99)).toBe(0);
});

test("instances keep whether they are emulated, by what runs under their name now", () => {
  using database = temporaryDatabase();
  const a = database.instances.ensure({ subject: "toy", name: "a" });
  const b = database.instances.ensure({ subject: "toy", name: "b" });

  const marked = database.instances.mark(a, true);

  expect(marked).toEqual({ ...a, emulated: true });
  expect(database.instances.list("toy")).toEqual([marked, b]);
  expect([database.instances.get(a.id), database.instances.find(a)]).toEqual([marked, marked]);
  expect(database.instances.mark(marked, false)).toEqual(a);
  expect(database.instances.get(a.id)).toEqual(a);
});

function withTicket(): Database {
  const database = temporaryDatabase();
  database.instances.ensure({ subject: "toy", name: "a" });
  database.tickets.open(1, newTicket());
  return database;
}

function withIncident(): Database {
  const database = withTicket();
  database.incidents.open(1, { ...BY, title: "Slow", beganAtMs: 500, tickets: [1] });
  return database;
}
