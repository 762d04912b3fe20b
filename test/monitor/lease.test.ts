import { expect, test } from "bun:test";
import { VirtualClock } from "../virtual-clock.ts";
import { temporaryDatabase } from "./scripted-session.ts";
import { told, watching } from "./watching.ts";

const INTERVAL = 5000;

test("monitor() says who holds the instance, stands by, tells what that one writes, and takes over when it ends", async () => {
  const clock = new VirtualClock();
  using database = temporaryDatabase();
  const script = { verdicts: { "answers node/1": "violated" } } as const;
  const first = await watching({ ...script }, { clock, database });
  await using second = await watching({ ...script }, { clock, database, actor: "monitor/other" });

  await clock.advance(2 * INTERVAL);
  const seen = told(second.events);
  const askedBefore = second.asked.length;
  await first.stop();
  await clock.advance(2 * INTERVAL);

  expect(second.events[0]).toMatchObject({ kind: "standby", lease: { holder: "monitor/test" } });
  expect(seen).toEqual(["opened", "incident open"]);
  expect(askedBefore).toBe(0);
  expect(second.asked.length).toBeGreaterThan(0);
  expect(second.events.map(({ kind }) => kind)).toContain("watching");
  expect(database.tickets.list()).toHaveLength(1);
});

test("monitor() looks at everything that another one followed when it takes over, and then only at what is in trouble", async () => {
  const clock = new VirtualClock();
  using database = temporaryDatabase();
  const script = { verdicts: { "answers node/1": "holds" } } as const;
  const first = await watching({ ...script }, { clock, database });
  await using second = await watching({ ...script }, { clock, database, actor: "monitor/other" });

  await first.stop();
  await clock.advance(2 * INTERVAL);

  expect(second.asked.slice(0, 2).map(({ tracked = [] }) => [...tracked].includes("node/1"))).toEqual([true, false]);
});

test("monitor() takes over from one that has died, when its lease has expired", async () => {
  const clock = new VirtualClock();
  using database = temporaryDatabase();
  database.instances.ensure({ subject: "toy", name: "a" });
  database.leases.acquire("monitor/1", { holder: "monitor/dead", nowMs: clock.now(), ttlMs: 15_000 });
  await using run = await watching({ verdicts: {} }, { clock, database });

  await clock.advance(3 * INTERVAL);

  expect(run.events.map(({ kind }) => kind)).toContain("watching");
  expect(run.asked).toHaveLength(1);
});

test("monitor() writes nothing once another has taken its lease", async () => {
  const clock = new VirtualClock();
  using database = temporaryDatabase();
  let taken = false;
  const record = async () => {
    if (!taken) return;
    database.leases.release("monitor/1", "monitor/test");
    database.leases.acquire("monitor/1", { holder: "monitor/other", nowMs: clock.now(), ttlMs: 60_000 });
  };
  await using run = await watching({ verdicts: {} }, { clock, database, record });

  taken = true;
  const before = database.checkups.list(1, 100).length;
  await clock.advance(2 * INTERVAL);

  expect(database.checkups.list(1, 100)).toHaveLength(before);
  expect(run.events.at(-1)).toMatchObject({ kind: "standby", lease: { holder: "monitor/other" } });
});
