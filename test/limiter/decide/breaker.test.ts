import { expect, test } from "bun:test";
import { messageOf } from "../../../src/core/text/errors.ts";
import { isRedisTrouble, type RedisTrouble } from "../../../src/io/redis-trouble.ts";
import { Breaker, type BreakerOptions } from "../../../src/limiter/decide/breaker.ts";
import { until } from "../../until.ts";

/** What a probe comes to: nothing wrong, a reason, silence, or a failure that tells no reason. */
type Outcome = "well" | RedisTrouble | "no answer" | "unexplained";

/** A breaker over a Redis that does what `world.outcome` says. */
function open(change: Partial<BreakerOptions> = {}) {
  const world = { outcome: "well" as Outcome, probes: 0, changes: [] as (string | undefined)[] };
  const breaker: Breaker = new Breaker({
    probe: async () => {
      world.probes += 1;
      if (world.outcome === "no answer") await new Promise(() => undefined);
      if (world.outcome !== "well") throw new Error(world.outcome);
    },
    timeoutMs: 100,
    beginsWith: "not-connected",
    reasonOf: (error) => {
      const word = messageOf(error);
      return isRedisTrouble(word) ? word : undefined;
    },
    onChange: () => world.changes.push(breaker.alone?.reason),
    ...change,
  });
  return { breaker, world };
}

test("Breaker closes once a probe succeeds, and counts the time that it was open", async () => {
  const { breaker, world } = open();
  using _breaker = breaker;
  world.outcome = "OOM";
  await until(() => breaker.alone?.reason === "OOM");

  world.outcome = "well";
  await until(() => breaker.isClosed);

  expect(breaker.openForMs).toBeGreaterThan(0);
  expect(world.changes.slice(-2)).toEqual(["OOM", undefined]);
});

test("Breaker opens without any check when Redis does not do its work any more", async () => {
  const { breaker, world } = open({ beginsWith: undefined });
  using _breaker = breaker;

  world.outcome = "READONLY";

  await until(() => breaker.alone?.reason === "READONLY");
});

test("Breaker keeps since when it is open while the reason changes, and the reason where none is told", async () => {
  const { breaker, world } = open({ beginsWith: undefined });
  using _breaker = breaker;
  breaker.trip("silent");
  const since = breaker.alone?.sinceMs;

  world.outcome = "LOADING";
  await until(() => breaker.alone?.reason === "LOADING");
  world.outcome = "unexplained";
  const { probes } = world;
  await until(() => world.probes > probes + 1);

  expect(breaker.alone).toEqual({ sinceMs: since ?? Number.NaN, reason: "LOADING" });
});

test("Breaker keeps the reason that Redis gave while it is silent in between, and is silent once it says nothing more", async () => {
  const { breaker, world } = open({ beginsWith: undefined, timeoutMs: 100_000 });
  using _breaker = breaker;
  world.outcome = "no answer";

  for (const told of ["BUSY", "silent", "BUSY", "silent"] as const) breaker.trip(told);
  const atFirst = [...world.changes];
  await until(() => {
    breaker.trip("silent");
    return breaker.alone?.reason === "silent";
  });

  expect(atFirst).toEqual(["BUSY"]);
  expect(world.changes).toEqual(["BUSY", "silent"]);
});

test.each(["no answer", "BUSY", "unexplained"] as const)(
  "Breaker probes on while nothing but failures come, tells each of them and why it is open: %s",
  async (outcome) => {
    const failures: unknown[] = [];
    const { breaker, world } = open({ onProbeFailed: (error) => failures.push(error) });
    using _breaker = breaker;

    world.outcome = outcome;
    await until(() => failures.length >= 3);

    expect(breaker.alone?.reason).toBe(
      ({ "no answer": "silent", BUSY: "BUSY", unexplained: "not-connected" } as const)[outcome],
    );
  },
);

test("Breaker probes no more once it is disposed", async () => {
  const { breaker, world } = open();
  await until(() => breaker.isClosed);

  breaker[Symbol.dispose]();
  const { probes } = world;
  await Bun.sleep(250);
  breaker.trip("OOM");

  expect(world.probes).toBe(probes);
  expect([breaker.isClosed, breaker.alone?.reason]).toEqual([false, "not-connected"]);
});
