import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../../src/database/mod.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { monitor } from "../../../src/monitor/mod.ts";
import { runSituation, type Stage } from "../../../src/trials/situations/run-situation.ts";
import type { Situation } from "../../../src/trials/situations/situation.ts";
import { Endpoints } from "../../toy/endpoints.ts";
import { toy } from "../../toy/subject/mod.ts";

setDefaultTimeout(60_000);

const INTERVAL_MS = 50;
const ending = new AbortController();
const stack = new AsyncDisposableStack();
const home = mkdtempSync(join(tmpdir(), "operator-situations-"));
let stage: Stage<Endpoints>;

beforeAll(async () => {
  const database = stack.use(openDatabase(join(home, "operator.db")));
  const endpoints = stack.use(new Endpoints(3));
  const session = stack.use(await toy.configure(endpoints.config).open({ clock: systemClock }));
  const instance = database.instances.ensure({ subject: "toy", name: "toy" });
  const invariants = toy.invariants.map((invariant) => ({ ...invariant, graceMs: 100 }));
  const shared = { database, invariants, clock: systemClock, signal: ending.signal, intervalMs: INTERVAL_MS };
  const series = async (): Promise<readonly []> => [];
  const watching = monitor(session, { ...shared, instance, series, actor: "monitor/test" });
  stack.defer(() => watching);
  stage = {
    ...shared,
    instance: instance.id,
    powers: endpoints,
    show: async (incident) => `Incident ${incident}`,
    patience: { healthyWithinMs: 5000, closedWithinMs: 5000 },
  };
});

afterAll(async () => {
  ending.abort();
  await stack.disposeAsync();
  rmSync(home, { recursive: true });
});

/** Kills an endpoint by lot and starts it again once there is a ticket. */
const killed: Situation<Endpoints> = {
  id: "killed",
  does: "one endpoint is killed and started again",
  draw(random) {
    const victim = `endpoint/${1 + Math.floor(random() * 3)}` as const;
    const trips = ["endpoint-answers"];
    return {
      causes: [{ id: "crash", components: [victim], mechanisms: ["crash"], trips, signalLagMs: 0, fixedBy: [] }],
      mayTrip: [],
      async run(endpoints, course) {
        await endpoints.kill(victim);
        course.began("crash");
        course.fixable("crash");
        const isTicketed = (): boolean => course.record().tickets.some(({ ticket }) => ticket.on === victim);
        course.must(await course.until(isTicketed, 30_000), `${victim} has no ticket`);
        course.must(false, "a problem of its own");
        endpoints.start(victim);
      },
    };
  },
};

test("runSituation() scores what the record shows, and adds what only the situation can tell", async () => {
  const attempt = await runSituation(killed, stage, 1);

  expect(attempt).toMatchObject({ situation: "killed", seed: 1, tickets: 1, incidents: 1, text: "Incident 1" });
  expect(attempt.causes[0]?.ticketMs).toBeGreaterThan(0);
  expect(attempt.problems[0]).toBe("a problem of its own");
  // No agent runs here.
  expect(attempt.problems[1]).toMatch(/^crash: not named as crash of endpoint\/\d; said: nothing$/);
  expect(attempt.problems).toHaveLength(2);
});

test("runSituation() finds nothing wrong where nothing is, and tells a situation that broke off", async () => {
  const quiet: Situation<Endpoints> = {
    id: "quiet",
    does: "nothing",
    draw: () => ({ causes: [], mayTrip: [], run: (_endpoints, course) => course.sleep(1) }),
  };
  const broken: Situation<Endpoints> = {
    ...quiet,
    draw: () => ({ causes: [], mayTrip: [], run: () => Promise.reject(new Error("no power")) }),
  };

  const attempts = [await runSituation(quiet, stage, 1), await runSituation(broken, stage, 1)];

  expect(attempts.map(({ problems }) => problems)).toEqual([[], ["the situation ended early: no power"]]);
  expect(attempts[0]).toMatchObject({ tickets: 0, incidents: 0 });
});

test("runSituation() lets what lasts end as soon as it is named, on a stage in a hurry", async () => {
  const idle: Situation<Endpoints> = {
    id: "idle",
    does: "nothing, for an hour",
    draw: () => ({ causes: [], mayTrip: [], run: (_endpoints, course) => course.lasts(3_600_000) }),
  };

  const { problems } = await runSituation(idle, { ...stage, isHurried: true }, 1);

  expect(problems).toEqual([]);
});

test("runSituation() tries nothing on a system that is not healthy", async () => {
  const { powers, database, instance } = stage;
  await powers.kill("endpoint/3");
  const isOpen = (): boolean => database.tickets.list({ instance, state: "open" }).length > 0;
  while (!isOpen()) await systemClock.sleep(20, AbortSignal.timeout(5000));

  const attempt = await runSituation(killed, { ...stage, patience: { healthyWithinMs: 50 } }, 1);
  powers.start("endpoint/3");

  expect(attempt.problems).toEqual(["not tried: the system was not healthy before the situation"]);
});
