/** The thread through the whole loop on the toy: every row in a real file, every effect on a real server. */

import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setLadder } from "../../src/actions/control.ts";
import { halt } from "../../src/actions/halt.ts";
import type { Engine } from "../../src/agent/engines/engine.ts";
import { rules } from "../../src/agent/engines/rules/mod.ts";
import { isRuledOut } from "../../src/core/diagnosis/hypothesis.ts";
import type { Ladder } from "../../src/core/safety/ladder.ts";
import type { Incident } from "../../src/core/tickets/incident.ts";
import { type Database, openDatabase } from "../../src/database/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import { type OperateOptions, operate } from "../../src/runtime/operate.ts";
import { openSubject } from "../../src/runtime/subjects/open-subject.ts";
import { Endpoints } from "../toy/endpoints.ts";
import { by } from "../toy/stage.ts";
import { toy } from "../toy/subject/mod.ts";
import { until } from "../until.ts";

setDefaultTimeout(60_000);

const GRACE_MS = 200;
const AUTO = { rung: "auto", upTo: "reversible" } as const;

interface Running {
  readonly database: Database;
  readonly endpoints: Endpoints;
  readonly instance: number;
  stop(): Promise<void>;
}

const toStop: Running[] = [];
afterEach(async () => {
  for (const running of toStop.splice(0)) await running.stop();
});

test("a killed endpoint is noticed, explained, started again, and proved to be fixed", async () => {
  const { database, endpoints, instance } = await start(AUTO);

  await endpoints.kill("endpoint/2");
  await until(() => incidentOf(database)?.state === "resolved");

  const incident = incidentOf(database);
  expect(incident).toMatchObject({ outcome: "action" });
  expect(endpoints.starts).toBe(1);
  expect(transitionsOf(database)).toEqual([
    ["monitor/toy", "open"],
    ["agent/toy", "investigating"],
    ["agent/toy", "diagnosed"],
    ["agent/toy", "diagnosed"],
    ["executor/toy", "acting"],
    ["executor/toy", "verifying"],
    ["executor/toy", "resolved"],
  ]);
  const [ticket, ...others] = database.tickets.list({ instance });
  expect(others).toEqual([]);
  expect(ticket).toMatchObject({ invariant: "endpoint-answers", entity: "endpoint/2", state: "resolved" });
  expect((ticket?.openedAtMs ?? 0) - (ticket?.firstViolatedAtMs ?? 0)).toBeGreaterThanOrEqual(GRACE_MS);
  const [diagnosis] = database.incidents.diagnoses(incident?.id ?? 0);
  expect(diagnosis?.cause).toMatchObject({ component: "endpoint/2", mechanism: "crash", verdict: "confirmed" });
  expect(diagnosis?.options.find(({ mechanism }) => mechanism === "hang")?.claims.some(isRuledOut)).toBe(true);
  expect(database.audit.list().map(({ event }) => event)).toEqual([
    "ladder-set",
    "action-proposed",
    "action-intended",
    "action-done",
    "action-verified",
  ]);
  expect(database.audit.verify().broken).toBeUndefined();
});

test("an endpoint that dies again while its start is verified is started again, and a person is told in between", async () => {
  const { database, endpoints } = await start(AUTO);

  await endpoints.kill("endpoint/2");
  await until(() => database.actionRuns.list({ state: "verifying" }).length === 1);
  await checkups(database, 3);
  await endpoints.kill("endpoint/2");
  await until(() => incidentOf(database)?.state === "resolved");

  const [first, second] = database.actionRuns.list();
  expect([first?.state, second?.state]).toEqual(["ineffective", "verified"]);
  expect(first?.reason).toStartWith("Not verified: ");
  expect((second?.intendedAtMs ?? 0) - (first?.endedAtMs ?? 0)).toBeGreaterThanOrEqual(5000);
  expect(transitionsOf(database).map(([, to]) => to)).toContain("escalated");
  expect(endpoints.starts).toBe(2);
}, 120_000);

test("two endpoints that die at once are fixed one after the other", async () => {
  const { database, endpoints } = await start(AUTO, { verifyWithinMs: 1000 });

  await Promise.all([endpoints.kill("endpoint/2"), endpoints.kill("endpoint/3")]);
  await until(() => database.incidents.list({ unresolved: true }).length === 0 && endpoints.starts === 2);

  expect(database.incidents.list().map(({ outcome }) => outcome)).not.toContain("itself");
  expect(database.tickets.list({ state: "open" })).toEqual([]);
});

test("nothing runs at observe: the proposal waits, and what heals by itself is owed to nobody", async () => {
  const { database, endpoints } = await start({ rung: "observe" });

  await endpoints.kill("endpoint/2");
  await until(() => incidentOf(database)?.state === "awaiting-approval");
  await checkups(database, 5);

  expect(endpoints.starts).toBe(0);
  expect(database.actionRuns.list()).toMatchObject([{ state: "pending", action: "start-component" }]);

  endpoints.start("endpoint/2");
  await until(() => incidentOf(database)?.state === "resolved");
  await until(() => database.actionRuns.list({ state: "cancelled" }).length === 1);

  expect(incidentOf(database)?.outcome).toBe("itself");
});

test("a halt stops what would have run, and leaves the ladder at observe", async () => {
  const { database, endpoints, instance } = await start(AUTO, {
    engine: {
      id: "slow",
      async investigate(given, desk, signal) {
        halt(database.path, by("person/ada", "Stop"));
        return await rules.investigate(given, desk, signal);
      },
    },
  });

  await endpoints.kill("endpoint/2");
  await until(() => incidentOf(database)?.state === "awaiting-approval");
  await checkups(database, 5);

  expect(endpoints.starts).toBe(0);
  expect(database.safety.ladder(instance)).toEqual({ rung: "observe" });
});

test("an action that does not help is not believed: the incident is escalated with what is missing", async () => {
  const { database, endpoints } = await start(AUTO, { helps: false, verifyWithinMs: 500 });

  await endpoints.kill("endpoint/2");
  await until(() => incidentOf(database)?.state === "escalated");

  const [proposal] = database.actionRuns.list();
  expect(proposal?.state).toBe("ineffective");
  expect(proposal?.reason).toContain('the cause is still there: endpoint/2 state is "down"');
  expect(database.tickets.list({ state: "open" })).toHaveLength(1);
});

test("an engine that says what is not so is not acted upon, and what it said is shown as ruled out", async () => {
  const { database, endpoints } = await start({ rung: "auto", upTo: "destructive" }, { engine: liar });

  await endpoints.kill("endpoint/2");
  await until(() => incidentOf(database)?.state === "escalated");

  const [diagnosis] = database.incidents.diagnoses(incidentOf(database)?.id ?? 0);
  expect(diagnosis?.cause).toBeUndefined();
  expect(diagnosis?.options[0]).toMatchObject({ component: "endpoint/1", verdict: "inconclusive" });
  expect(diagnosis?.options[0]?.claims.map(isRuledOut)).toEqual([true]);
  expect(database.actionRuns.list()).toEqual([]);
});

/** Blames the wrong component, and says that it has seen it. */
const liar: Engine = {
  id: "liar",
  async investigate(given, desk, signal) {
    const honest = await rules.investigate(given, desk, signal);
    const predicate = {
      kind: "state-is",
      component: "endpoint/1",
      path: "state",
      comparison: "is",
      value: "down",
    } as const;
    const claim = { side: "for", predicate, outcome: "true", figure: "I saw it", persistent: true } as const;
    const summary = "endpoint/1 is not running";
    return {
      ...honest,
      cause: { component: "endpoint/1", mechanism: "crash", summary, claims: [claim], verdict: "confirmed" },
    };
  },
};

async function start(ladder: Ladder, { helps = true, engine = rules, verifyWithinMs = 15_000 } = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "operator-skeleton-"));
  const database = openDatabase(join(folder, "operator.db"));
  const endpoints = new Endpoints(3);
  const graceMs = Object.fromEntries(toy.invariants.map(({ id }) => [id, GRACE_MS]));
  const target = { subject: toy, name: "skeleton", configured: toy.configure(endpoints.config), graceMs };
  const opened = await openSubject(target, { database, clock: systemClock });
  const { instance } = opened.monitoring;
  if (ladder.rung !== "observe") setLadder(database, instance.id, { ladder, ...by("person/ada", "Try it") });
  const stopping = new AbortController();
  const options: OperateOptions = {
    name: "toy",
    engine,
    intervalMs: 50,
    investigation: { investigateEveryMs: 20 },
    execution: { executeEveryMs: 20, verifyEveryMs: 50, verifyWithinMs },
  };
  const deploymentActions = endpoints.actions({ helps });
  const operating = operate({ ...opened, deploymentActions }, options, stopping.signal);
  const running: Running = {
    database,
    endpoints,
    instance: instance.id,
    async stop() {
      stopping.abort();
      await operating;
      await opened[Symbol.asyncDispose]();
      await endpoints[Symbol.asyncDispose]();
      database[Symbol.dispose]();
      rmSync(folder, { recursive: true });
    },
  };
  toStop.push(running);
  await checkups(database, 2);
  return running;
}

/** Lets the monitor look so many more times. */
async function checkups(database: Database, count: number): Promise<void> {
  const seen = (): number => database.checkups.latest(1)?.id ?? 0;
  const first = seen();
  await until(() => seen() >= first + count);
}

function incidentOf(database: Database): Incident | undefined {
  return database.incidents.list()[0];
}

function transitionsOf(database: Database): readonly (readonly [string, string])[] {
  return database.incidents.transitions(incidentOf(database)?.id ?? 0).map(({ actor, to }) => [actor, to] as const);
}
