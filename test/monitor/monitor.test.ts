import { expect, test } from "bun:test";
import { ProbeError } from "../../src/core/text/errors.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { temporaryDatabase } from "./scripted-session.ts";
import { told, watching } from "./watching.ts";

const INTERVAL = 5000;

test("monitor() opens no ticket before the grace has passed", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });

  await run.clock.advance(INTERVAL);

  expect(run.database.tickets.list()).toEqual([]);
});

test("monitor() opens a ticket and an incident when the grace has passed, each with its history", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });

  await run.clock.advance(2 * INTERVAL);

  const [ticket] = run.database.tickets.list();
  expect(ticket).toMatchObject({ state: "open", entity: "node/1", summary: "node/1 violated", figures: { seen: 1 } });
  expect(ticket?.openedAtMs).toBe((ticket?.firstViolatedAtMs ?? 0) + 10_000);
  expect(told(run.events)).toEqual(["opened", "incident open"]);
  expect(run.database.incidents.list()).toMatchObject([{ state: "open", title: "node/1 violated" }]);
});

test("monitor() resolves the ticket and closes the incident by itself when all is well for long enough", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  await run.clock.advance(2 * INTERVAL);

  run.script.verdicts["answers node/1"] = "holds";
  await run.clock.advance(3 * INTERVAL);

  expect(told(run.events)).toEqual(["opened", "incident open", "resolved", "incident resolved"]);
  expect(run.database.incidents.list()).toMatchObject([{ state: "resolved", outcome: "itself" }]);
});

test("monitor() reopens the same ticket, and its incident with it where that closed as recently", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  await run.clock.advance(2 * INTERVAL);
  run.script.verdicts["answers node/1"] = "holds";
  await run.clock.advance(3 * INTERVAL);

  run.script.verdicts["answers node/1"] = "violated";
  await run.clock.advance(3 * INTERVAL);

  expect(run.database.tickets.list()).toMatchObject([{ state: "open", reopenCount: 1 }]);
  expect(run.database.incidents.list()).toMatchObject([{ id: 1, state: "open" }]);
  expect(run.database.incidents.transitions(1).at(-1)).toMatchObject({
    from: "resolved",
    to: "open",
    reason: "Ticket 1 opened again",
  });
});

test("monitor() tells a change of reason, in the history of the ticket and in the timeline, and keeps the evidence as it was", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  await run.clock.advance(2 * INTERVAL);
  const { evidence } = run.database.tickets.get(1) ?? {};

  run.script.reasons = { "answers node/1": "timed-out" };
  await run.clock.advance(INTERVAL);

  expect(told(run.events)).toEqual(["opened", "incident open", "reason-changed"]);
  expect(run.database.tickets.get(1)).toMatchObject({ reason: "timed-out", evidence });
  expect(run.database.events.after(1, 0).at(-1)).toMatchObject({
    event: "reason-changed",
    of: "node/1",
    summary: "scripted became timed-out: node/1 violated",
  });
});

test("monitor() resolves nothing while what was violated is merely not asked any more", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  await run.clock.advance(2 * INTERVAL);

  run.script.verdicts["answers node/1"] = "unknown";
  await run.clock.advance(3_600_000);

  expect(run.database.tickets.get(1)).toMatchObject({ state: "open", verdict: "unknown", violated: 0 });
  expect(run.database.incidents.get(1)?.state).toBe("open");
});

test("monitor() closes nothing while it is blind, and opens a ticket on being blind", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  await run.clock.advance(2 * INTERVAL);

  run.script.fails = new ProbeError("Cannot reach any endpoint");
  await run.clock.advance(10 * INTERVAL);

  const tickets = run.database.tickets.list({ state: "open" });
  expect(tickets.map(({ invariant, entity }) => [invariant, entity])).toEqual([
    ["answers-probes", "instance/a"],
    ["answers", "node/1"],
  ]);
  expect(run.database.checkups.latest(1)).toMatchObject({ failed: "Cannot reach any endpoint", unknown: 1 });
});

test("monitor() opens a ticket on a source that does not answer", async () => {
  const sources = [{ name: "prometheus", failed: "refused" }];
  await using run = await watching({ verdicts: {}, sources }, { ownGraceMs: { "answers-probes": 5000 } });

  await run.clock.advance(INTERVAL);

  expect(run.database.tickets.list()).toMatchObject([{ invariant: "answers-probes", entity: "source/prometheus" }]);
});

test("monitor() takes a recorder that fails for a source that does not answer", async () => {
  const record = () => Promise.reject(new Error("no page"));
  await using run = await watching({ verdicts: {} }, { record, ownGraceMs: { "answers-probes": 5000 } });

  await run.clock.advance(INTERVAL);

  expect(run.database.tickets.list()).toMatchObject([
    { entity: "source/recorder", summary: "source/recorder does not answer: no page" },
  ]);
});

test("monitor() says nothing of a recorder where all that it records is down", async () => {
  const record = () => Promise.reject(new Error("no page"));
  const components = [{ id: "node/1", kind: "node", state: "down" }] as const;
  const script = { verdicts: {}, components, scraped: ["node/1"] } as const;
  await using run = await watching(script, { record, ownGraceMs: { "answers-probes": 5000 } });

  await run.clock.advance(2 * INTERVAL);

  expect(run.database.tickets.list()).toEqual([]);
});

test("monitor() gives a hung look up at its deadline and tries again at the next", async () => {
  await using run = await watching({ verdicts: {}, hangs: true }, { deadlineMs: 2000 });

  await run.clock.advance(3 * INTERVAL);

  const failures = run.database.checkups.list(1, 10).map(({ failed }) => failed);
  expect(failures.length).toBeGreaterThan(2);
  expect(new Set(failures)).toEqual(new Set(["No end within 2000 ms"]));
});

test("monitor() hands the entities with open or coming tickets to the subject", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated", "answers node/2": "holds" } });

  await run.clock.advance(INTERVAL);

  expect([...(run.asked.at(-1)?.tracked ?? [])]).toEqual(["node/1"]);
});

test("monitor() leaves alone what a person holds, and obeys a person's word at the next checkup", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  await run.clock.advance(2 * INTERVAL);
  const by = { atMs: run.clock.now(), actor: "person/ada", reason: "I look into it" } as const;

  run.database.tickets.change(1, "held", by);
  run.script.verdicts["answers node/1"] = "holds";
  await run.clock.advance(6 * INTERVAL);
  const whileHeld = run.database.tickets.get(1);
  run.database.tickets.change(1, "unheld", by);
  await run.clock.advance(4 * INTERVAL);

  expect(whileHeld).toMatchObject({ state: "open", held: true });
  expect(run.database.tickets.get(1)).toMatchObject({ state: "resolved", held: false });
  expect(told(run.events)).toEqual(["opened", "incident open", "held", "incident resolved", "unheld", "resolved"]);
  expect(run.database.incidents.list()).toMatchObject([{ outcome: "person" }]);
});

test("monitor() counts a full grace again after a person has resolved a ticket that is still violated", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  await run.clock.advance(2 * INTERVAL);

  run.database.tickets.change(1, "resolved", { atMs: run.clock.now(), actor: "person/ada", reason: "Is known" });
  await run.clock.advance(INTERVAL);
  const early = run.database.tickets.get(1)?.state;
  await run.clock.advance(INTERVAL);

  expect(early).toBe("resolved");
  expect(run.database.tickets.get(1)).toMatchObject({ state: "open", reopenCount: 1 });
});

test("monitor() loses no pending grace when it is started again", async () => {
  const clock = new VirtualClock();
  using database = temporaryDatabase();
  const script = { verdicts: { "answers node/1": "violated" } } as const;
  const first = await watching({ ...script }, { clock, database });
  await clock.advance(INTERVAL);
  await first.stop();

  await clock.advance(INTERVAL - 1);
  await using _second = await watching({ ...script }, { clock, database });

  expect(database.tickets.list()).toEqual([]);
  await clock.advance(INTERVAL);
  expect(database.tickets.list()).toHaveLength(1);
});

test("monitor() goes on counting where it was when the clock was put back while nobody watched", async () => {
  const clock = new VirtualClock();
  using database = temporaryDatabase();
  const script = { verdicts: { "answers node/1": "violated" } } as const;
  const first = await watching({ ...script }, { clock, database });
  await first.stop();

  clock.step(-3_600_000);
  await using _second = await watching({ ...script }, { clock, database });
  await clock.advance(2 * INTERVAL);

  const [ticket] = database.tickets.list();
  expect((ticket?.openedAtMs ?? 0) - (ticket?.firstViolatedAtMs ?? 0)).toBe(2 * INTERVAL);
});

test("monitor() counts no time that the clock was set over", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  await run.clock.advance(INTERVAL);

  run.clock.step(3_600_000);
  await run.clock.advance(INTERVAL);
  run.clock.step(-7_200_000);
  await run.clock.advance(INTERVAL);
  const early = run.database.tickets.list();
  await run.clock.advance(INTERVAL);

  expect(early).toEqual([]);
  const [ticket] = run.database.tickets.list();
  expect((ticket?.openedAtMs ?? 0) - (ticket?.firstViolatedAtMs ?? 0)).toBe(10_000);
});

test("monitor() tells what it sees, once each, while nothing can be written", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  const broken = () => {
    throw new Error("disk is full");
  };

  Object.assign(run.database, { transact: broken });
  Object.assign(run.database.leases, { acquire: broken });
  for (const _ of [1, 2, 3]) await run.clock.advance(INTERVAL);

  const unwritten = run.events.filter((event) => event.kind === "verdict" && event.change.id === 0);
  expect(unwritten).toMatchObject([{ change: { invariant: "answers", entity: "node/1", to: "violated" } }]);
});

test("monitor() goes on after a round that could not be written", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  const transact = run.database.transact.bind(run.database);
  const broken = () => {
    throw new Error("disk is full");
  };

  Object.assign(run.database, { transact: broken });
  await run.clock.advance(INTERVAL);
  Object.assign(run.database, { transact });
  await run.clock.advance(INTERVAL);

  expect(run.events).toContainEqual({ kind: "trouble", failed: "disk is full" });
  expect(run.database.tickets.list()).toHaveLength(1);
});
