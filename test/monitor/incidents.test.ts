import { expect, test } from "bun:test";
import type { Cause } from "../../src/core/diagnosis/explains.ts";
import type { CauseVerdict } from "../../src/core/diagnosis/hypothesis.ts";
import { incidentLease } from "../../src/core/words/lease.ts";
import { mergeIncidents } from "../../src/runtime/incident-steps.ts";
import { aDiagnosis, pendingRun } from "./diagnoses.ts";
import { invariant, type Script } from "./scripted-session.ts";
import { told, type Watching, watching } from "./watching.ts";

const INTERVAL = 5000;

test("monitor() makes one incident of a storm of a thousand violations of one cause", async () => {
  const nodes = Array.from({ length: 1000 }, (_, index) => `node/${index}` as const);
  const verdicts = Object.fromEntries(nodes.map((node) => [`answers ${node}`, "violated" as const]));
  const links = nodes.map((from) => ({ from, to: "store/a", kind: "tcp", state: "up" }) as const);
  await using run = await watching({ verdicts, links });

  await run.clock.advance(2 * INTERVAL);

  expect(run.database.tickets.list({ state: "open", limit: 2000 })).toHaveLength(1000);
  const incidents = run.database.incidents.list();
  expect(incidents).toMatchObject([{ title: "node/0 violated (and 999 more)" }]);
  expect(run.database.incidents.tickets(incidents[0]?.id ?? 0)).toHaveLength(1000);
});

test("monitor() makes two incidents of two causes, and lets a later ticket join the one that it touches", async () => {
  const links = [{ from: "node/1", to: "store/a", kind: "tcp", state: "up" }] as const;
  const invariants = [invariant("answers", 5000), invariant("slow", 20_000)];
  const verdicts = { "answers node/1": "violated", "answers disk/x": "violated", "slow store/a": "violated" } as const;
  await using run = await watching({ verdicts: { ...verdicts }, links }, { invariants });

  await run.clock.advance(4 * INTERVAL);

  const members = run.database.incidents.list().map(({ id }) => run.database.incidents.tickets(id));
  expect(members.map((tickets) => tickets.map(({ entity }) => entity))).toEqual([["disk/x"], ["node/1", "store/a"]]);
});

test("monitor() does not close an incident that somebody works on", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  await run.clock.advance(2 * INTERVAL);
  const lease = { holder: "agent/x", nowMs: run.clock.now(), ttlMs: 60_000 };
  run.database.leases.acquire(incidentLease(1), lease);

  run.script.verdicts["answers node/1"] = "holds";
  await run.clock.advance(6 * INTERVAL);
  const held = run.database.incidents.get(1)?.state;
  run.database.leases.release(incidentLease(1), "agent/x");
  await run.clock.advance(INTERVAL);

  expect(held).toBe("open");
  expect(run.database.incidents.get(1)?.state).toBe("resolved");
});

test("monitor() escalates an incident that was left in the middle of an action, and then closes it", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  await run.clock.advance(2 * INTERVAL);
  for (const to of ["investigating", "diagnosed", "acting"] as const) {
    run.database.incidents.move(1, { to, atMs: run.clock.now(), actor: "agent/x", reason: "Goes on" });
  }

  run.script.verdicts["answers node/1"] = "holds";
  await run.clock.advance(6 * INTERVAL);
  const early = run.database.incidents.get(1)?.state;
  await run.clock.advance(620_000);

  expect(early).toBe("acting");
  expect(told(run.events).slice(-2)).toEqual(["incident escalated", "incident resolved"]);
});

test("monitor() brings back the incident of a ticket that a person has reopened", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  await run.clock.advance(2 * INTERVAL);
  run.script.verdicts["answers node/1"] = "holds";
  await run.clock.advance(3 * INTERVAL);

  run.database.tickets.change(1, "reopened", { atMs: run.clock.now(), actor: "person/ada", reason: "Not done" });
  await run.clock.advance(INTERVAL);

  expect(told(run.events).slice(-2)).toEqual(["reopened", "incident open"]);
  expect(run.database.incidents.list()).toMatchObject([{ id: 1, state: "open" }]);
});

test("monitor() calls an incident that is back after what is back, not after what is over", async () => {
  const nodes = ["node/1", "node/2"] as const;
  const links = nodes.map((from) => ({ from, to: "store/a", kind: "tcp", state: "up" }) as const);
  await using run = await watching({ verdicts: { "answers node/1": "violated", "answers node/2": "violated" }, links });
  await run.clock.advance(2 * INTERVAL);
  run.script.verdicts = { "answers node/1": "holds", "answers node/2": "holds" };
  await run.clock.advance(5 * INTERVAL);
  const over = run.database.incidents.list().map(({ state, title }) => `${state}: ${title}`);

  run.script.verdicts = { "answers node/1": "holds", "answers node/2": "violated" };
  await run.clock.advance(3 * INTERVAL);

  expect(over).toEqual(["resolved: node/1 violated (and 1 more)"]);
  expect(run.database.incidents.list()).toMatchObject([{ id: 1, state: "open", title: "node/2 violated" }]);
});

test("monitor() keeps no words of what is over where only an entity of the same component is back", async () => {
  const links = [{ from: "node/1", to: "store/a", kind: "tcp", state: "up" }] as const;
  await using run = await watching({ verdicts: { "answers store/a": "violated" }, links });
  await run.clock.advance(2 * INTERVAL);
  const first = run.database.incidents.list().map(({ title }) => title);
  run.script.verdicts = { "answers store/a": "holds" };
  await run.clock.advance(5 * INTERVAL);

  run.script.verdicts = { "answers store/a": "holds", "answers node/1 store/a": "violated" };
  await run.clock.advance(3 * INTERVAL);

  expect(first).toEqual(["store/a violated"]);
  expect(run.database.incidents.list()).toMatchObject([{ id: 1, state: "open", title: "store/a: node/1 violated" }]);
});

test("monitor() brings one incident back where tickets of several open again together, and the others join it", async () => {
  const nodes = ["node/1", "node/2", "node/3"] as const;
  const links = nodes.map((from) => ({ from, to: "store/a", kind: "tcp", state: "up" }) as const);
  const verdicts: Script["verdicts"] = {
    "answers node/1": "holds",
    "answers node/2": "holds",
    "answers node/3": "holds",
  };
  await using run = await watching({ verdicts, links });
  for (const node of nodes) {
    run.script.verdicts[`answers ${node}`] = "violated";
    await run.clock.advance(3 * INTERVAL);
    run.script.verdicts[`answers ${node}`] = "holds";
    await run.clock.advance(5 * INTERVAL);
  }
  const earlier = run.database.incidents.list().map(({ id, state }) => `${id} ${state}`);

  for (const node of nodes) run.script.verdicts[`answers ${node}`] = "violated";
  await run.clock.advance(3 * INTERVAL);

  expect(earlier).toEqual(["3 resolved", "2 resolved", "1 resolved"]);
  expect(run.database.incidents.list({ unresolved: true })).toMatchObject([{ id: 3, state: "open" }]);
  expect(run.database.incidents.tickets(3).map(({ on }) => on)).toEqual([...nodes]);
});

test.each([
  [
    "down",
    60,
    { tickets: [{ id: 1, state: "open", reopenCount: 1 }], incidents: [{ id: 1, state: "open" }], holdDownMs: 20_000 },
  ],
  [
    "up",
    25,
    { tickets: [{ id: 1, state: "open", reopenCount: 1 }], incidents: [{ id: 1, state: "open" }], holdDownMs: 20_000 },
  ],
  [
    "up",
    60,
    {
      tickets: [
        { id: 2, state: "open", reopenCount: 0 },
        { id: 1, state: "resolved" },
      ],
      incidents: [{ id: 2, state: "open" }],
      holdDownMs: undefined,
    },
  ],
] as const)(
  "monitor() finds a component whose crash was confirmed %s when it is violated again after %d s, and files %j",
  async (state, afterSeconds, { tickets, incidents, holdDownMs }) => {
    const component = { id: "node/1", kind: "node", state: "down" } as const;
    await using run = await watching({ verdicts: { "answers node/1": "violated" }, components: [component] });
    await run.clock.advance(2 * INTERVAL);
    const claims = [{ kind: "state-is", component: "node/1", path: "state", comparison: "is", value: "down" }] as const;
    run.database.incidents.addDiagnosis(1, aDiagnosis({ component: "node/1", mechanism: "crash" }, { claims }));
    run.script.verdicts["answers node/1"] = "holds";
    run.script.components = [{ ...component, state: "up" }];
    await run.clock.advance(afterSeconds * 1000);

    run.script.verdicts["answers node/1"] = "violated";
    run.script.components = [{ ...component, state }];
    await run.clock.advance(3 * INTERVAL);

    expect(run.database.incidents.list({ unresolved: true })).toMatchObject([...incidents]);
    const ticket = run.database.tickets.records(1, 0).findLast(({ on }) => on === "node/1");
    expect(ticket?.holdDownMs).toBe(holdDownMs);
    expect(run.database.tickets.list()).toMatchObject([...tickets]);
  },
);
test("monitor() brings back the incident that the one of a reopened ticket was merged into", async () => {
  const links = [{ from: "node/1", to: "store/a", kind: "tcp", state: "up" }] as const;
  await using run = await watching({ verdicts: { "answers disk/x": "violated" }, links });
  await run.clock.advance(2 * INTERVAL);
  Object.assign(run.script.verdicts, { "answers node/1": "violated", "answers store/a": "violated" });
  await run.clock.advance(3 * INTERVAL);
  run.script.verdicts["answers node/1"] = "holds";
  await run.clock.advance(3 * INTERVAL);
  mergeIncidents(run.database, { id: 2, into: 1 }, { atMs: run.clock.now(), actor: "person/ada", reason: "The same" });
  Object.assign(run.script.verdicts, { "answers disk/x": "holds", "answers store/a": "holds" });
  await run.clock.advance(3 * INTERVAL);

  run.script.verdicts["answers node/1"] = "violated";
  await run.clock.advance(3 * INTERVAL);

  expect(told(run.events).slice(-3)).toEqual(["incident resolved", "reopened", "incident open"]);
  expect(run.database.incidents.list({ unresolved: true })).toMatchObject([{ id: 1 }]);
});

test("monitor() groups a ticket that a person releases as if it began then", async () => {
  const links = [{ from: "node/1", to: "store/a", kind: "tcp", state: "up" }] as const;
  await using run = await watching({ verdicts: { "answers node/1": "violated" }, links });
  const change = (word: "held" | "unheld"): unknown =>
    run.database.tickets.change(1, word, { atMs: run.clock.now(), actor: "person/ada", reason: "Mine" });
  await run.clock.advance(2 * INTERVAL);
  change("held");
  await run.clock.advance(300_000);
  run.script.verdicts["answers store/a"] = "violated";
  await run.clock.advance(3 * INTERVAL);

  change("unheld");
  await run.clock.advance(INTERVAL);

  const [incident, ...others] = run.database.incidents.list({ unresolved: true });
  expect(others).toEqual([]);
  expect(run.database.incidents.tickets(incident?.id ?? 0).map(({ on }) => on)).toEqual(["node/1", "store/a"]);
});

test("monitor() withdraws what is pending for an incident that closes, approved or not", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  await run.clock.advance(2 * INTERVAL);
  const id = approvedRun(run, 1);

  run.script.verdicts["answers node/1"] = "holds";
  await run.clock.advance(3 * INTERVAL);

  expect(run.database.incidents.get(1)?.state).toBe("resolved");
  expect(run.database.actionRuns.get(id)).toMatchObject({
    state: "cancelled",
    reason: "Withdrawn: incident 1 is resolved",
  });
});

test("monitor() withdraws what a person has approved for an incident that it links to another", async () => {
  const links = [{ from: "node/1", to: "store/a", kind: "tcp", state: "up" }] as const;
  await using run = await watching({ verdicts: { "answers store/a": "violated" }, links });
  await run.clock.advance(60_000);
  run.script.verdicts["answers node/1"] = "violated";
  await run.clock.advance(3 * INTERVAL);
  const id = approvedRun(run, 2);

  run.database.incidents.addDiagnosis(1, aDiagnosis({ component: "store/a", mechanism: "hang" }));
  await run.clock.advance(INTERVAL);

  expect(run.events.filter(({ kind }) => kind === "trouble")).toEqual([]);
  expect(run.database.incidents.get(2)?.linkedTo).toBe(1);
  expect(run.database.actionRuns.get(id)?.state).toBe("cancelled");
});

test("monitor() keeps a link through one diagnosis that is not sure of another cause, and not through two", async () => {
  const links = [{ from: "node/1", to: "store/a", kind: "tcp", state: "up" }] as const;
  await using run = await watching({ verdicts: { "answers store/a": "violated" }, links });
  await run.clock.advance(60_000);
  run.script.verdicts["answers node/1"] = "violated";
  await run.clock.advance(3 * INTERVAL);
  const says = async (...[cause, verdict]: readonly [Cause, CauseVerdict]): Promise<number | undefined> => {
    run.database.incidents.addDiagnosis(1, aDiagnosis(cause, { verdict }));
    await run.clock.advance(INTERVAL);
    return run.database.incidents.get(2)?.linkedTo;
  };

  expect(await says({ component: "store/a", mechanism: "hang" }, "confirmed")).toBe(1);
  expect(await says({ component: "disk/x", mechanism: "crash" }, "likely")).toBe(1);
  expect(await says({ component: "store/a", mechanism: "hang" }, "likely")).toBe(1);
  expect(await says({ component: "disk/x", mechanism: "crash" }, "likely")).toBe(1);
  expect(await says({ component: "disk/x", mechanism: "crash" }, "likely")).toBeUndefined();
});

/** A pending run of an incident that a person has approved. */
function approvedRun({ database, clock }: Watching, incident: number): number {
  const run = database.actionRuns.add({ ...pendingRun(incident), instance: 1, atMs: clock.now() });
  const atMs = clock.now();
  database.actionRuns.approve(run.id, { digest: run.digest, actor: "person/ada", atMs, expiresAtMs: atMs + 60_000 });
  return run.id;
}
