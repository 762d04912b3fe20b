import { expect, test } from "bun:test";
import { incidentLease } from "../../src/core/words/lease.ts";
import { invariant } from "./scripted-session.ts";
import { told, watching } from "./watching.ts";

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

test("monitor() puts a ticket that a person has reopened into an incident again", async () => {
  await using run = await watching({ verdicts: { "answers node/1": "violated" } });
  await run.clock.advance(2 * INTERVAL);
  run.script.verdicts["answers node/1"] = "holds";
  await run.clock.advance(3 * INTERVAL);

  run.database.tickets.change(1, "reopened", { atMs: run.clock.now(), actor: "person/ada", reason: "Not done" });
  await run.clock.advance(INTERVAL);

  expect(told(run.events).slice(-2)).toEqual(["reopened", "incident open"]);
  expect(run.database.incidents.ofTicket(1)?.id).toBe(2);
});
