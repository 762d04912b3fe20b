import { expect, test } from "bun:test";
import { approve } from "../../src/actions/control.ts";
import { digestOf } from "../../src/actions/digest.ts";
import { executeNext, runExecutor } from "../../src/actions/executor.ts";
import type { BoundAction } from "../../src/core/subject/action.ts";
import { ActionError } from "../../src/core/text/errors.ts";
import { by, type Stage, setStage, step } from "../toy/stage.ts";
import { until } from "../until.ts";

const AUTO = { rung: "auto", upTo: "reversible" } as const;

test("executeNext() runs under auto, has it verified by fresh looks, and resolves the incident by action", async () => {
  await using stage = await setStage();
  await stage.propose();
  stage.setLadder(AUTO);

  const [done] = await Promise.all([
    executeNext({ ...stage.executor, verifyWithinMs: 5000 }, stage.signal),
    until(() => stage.endpoints.runs("endpoint/2")).then(() => stage.resolveTicket()),
  ]);

  expect(done?.state).toBe("verified");
  expect(stage.database.incidents.get(stage.incident)).toMatchObject({ state: "resolved", outcome: "action" });
  expect(statesOf(stage)).toEqual([
    "open",
    "investigating",
    "diagnosed",
    "awaiting-approval",
    "acting",
    "verifying",
    "resolved",
  ]);
  expect(eventsOf(stage)).toEqual([
    "action-proposed",
    "ladder-set",
    "action-intended",
    "action-done",
    "action-verified",
  ]);
  expect(stage.endpoints.starts).toBe(1);
});

test("executeNext() runs nothing at observe, and nothing but what was approved at approve", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();

  expect(await executeNext(stage.executor, stage.signal)).toBeUndefined();
  stage.setLadder({ rung: "approve" });
  expect(await executeNext(stage.executor, stage.signal)).toBeUndefined();
  stage.database.actionRuns.approve(id, { ...by("person/ada", ""), digest: "another", expiresAtMs: Date.now() + 1000 });
  expect(await executeNext(stage.executor, stage.signal)).toBeUndefined();
  expect(stage.endpoints.starts).toBe(0);

  approve(stage.database, id, by("person/ada", "Go"));
  await executeNext(stage.executor, stage.signal);

  expect(stage.endpoints.starts).toBe(1);
  expect(stage.database.actionRuns.approvals(id).map(({ usedAtMs }) => usedAtMs !== undefined)).toEqual([false, true]);
});

test("executeNext() needs a person where claims do not confirm the cause, whatever the ladder", async () => {
  await using stage = await setStage();
  const { id, origin, ...run } = await stage.propose();
  if (origin.kind !== "incident") throw new Error("Cannot go on: it belongs to no incident");
  stage.database.actionRuns.advance(id, step("cancelled", "Replaced"));
  const cause = { ...origin.cause, verdict: "likely" } as const;
  stage.database.actionRuns.add({ ...run, ...by("agent/test", "Perhaps"), origin: { ...origin, cause } });
  stage.setLadder({ rung: "auto", upTo: "destructive" });

  expect(await executeNext(stage.executor, stage.signal)).toBeUndefined();
  expect(stage.endpoints.starts).toBe(0);
});

test("executeNext() escalates an action that says it worked and did not help, and undoes it", async () => {
  await using stage = await setStage({ helps: false });
  await stage.propose();
  stage.setLadder(AUTO);
  const undone: unknown[] = [];
  const actions = withAction(stage, {
    undo: async (input) => {
      undone.push(input);
      return "Undone";
    },
  });

  const run = await executeNext({ ...stage.executor, actions }, stage.signal);

  expect(run?.state).toBe("ineffective");
  expect(run?.reason).toContain("the cause is still there: endpoint/2 state is");
  expect(undone).toEqual([{ component: "endpoint/2" }]);
  expect(eventsOf(stage).slice(-3)).toEqual(["undo-intended", "undo-done", "action-ineffective"]);
  expect(stage.database.incidents.get(stage.incident)?.state).toBe("escalated");
});

test("executeNext() hands the incident back to the agent when the cause is gone and something else is left", async () => {
  await using stage = await setStage();
  await stage.propose();
  stage.setLadder(AUTO);

  const run = await executeNext(stage.executor, stage.signal);

  expect(run).toMatchObject({
    state: "helped",
    reason: `The cause is gone, and something else is left: ticket ${stage.ticket} is open`,
  });
  expect(stage.database.incidents.get(stage.incident)?.state).toBe("diagnosed");
});

test("executeNext() tells of an undo that fails", async () => {
  await using stage = await setStage({ helps: false });
  await stage.propose();
  stage.setLadder(AUTO);
  const actions = withAction(stage, { undo: () => Promise.reject(new ActionError("Cannot undo")) });

  await executeNext({ ...stage.executor, actions }, stage.signal);

  expect(eventsOf(stage).slice(-3)).toEqual(["undo-intended", "undo-failed", "action-ineffective"]);
});

test("executeNext() escalates an action that is refused", async () => {
  await using stage = await setStage();
  await stage.propose();
  stage.setLadder(AUTO);
  const actions = withAction(stage, { run: () => Promise.reject(new ActionError("Cannot start: no room")) });

  const run = await executeNext({ ...stage.executor, actions }, stage.signal);

  expect(run).toMatchObject({ state: "failed", reason: "Cannot start: no room" });
  expect(stage.database.incidents.get(stage.incident)?.state).toBe("escalated");
});

test("executeNext() cancels what there is no reason for any more, and leaves the incident to the agent", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  stage.setLadder(AUTO);
  const session = stage.sessionThat(() => stage.endpoints.runs("endpoint/2") || stage.endpoints.start("endpoint/2"));

  await executeNext({ ...stage.executor, session }, stage.signal);

  expect(stage.database.actionRuns.get(id)).toMatchObject({
    state: "cancelled",
    reason: "Cancelled: its cause is gone",
  });
  expect(stage.database.incidents.get(stage.incident)?.state).toBe("diagnosed");
});

test("executeNext() withdraws what is pending for an incident that is resolved", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  stage.database.incidents.move(stage.incident, { to: "resolved", ...by("person/ada", "Done by hand") });

  expect(await executeNext(stage.executor, stage.signal)).toBeUndefined();
  expect(stage.database.actionRuns.get(id)?.reason).toBe("Cancelled: its incident is resolved");
});

test("executeNext() leaves alone what another process holds", async () => {
  await using stage = await setStage();
  await stage.propose();
  stage.setLadder(AUTO);
  const other = { holder: "executor/other", nowMs: Date.now(), ttlMs: 60_000 };
  stage.database.leases.acquire(`actions/${stage.instance}`, other);

  expect(await executeNext(stage.executor, stage.signal)).toBeUndefined();
  expect(stage.endpoints.starts).toBe(0);
});

test("runExecutor() tells of each action that it has worked on", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  stage.setLadder(AUTO);
  const stop = new AbortController();
  const told: unknown[] = [];

  const running = runExecutor({ ...stage.executor, executeEveryMs: 5, onWorked: (one) => told.push(one) }, stop.signal);
  await until(() => told.length > 0);
  stop.abort();
  await running;

  expect(told).toEqual([stage.database.actionRuns.get(id)]);
});

test("runExecutor() has a second effect while the first is still being verified, one effect at a time", async () => {
  await using stage = await setStage();
  const { database } = stage;
  const { id } = await stage.propose();
  await stage.endpoints.kill("endpoint/3");
  const other = startByHand(stage, "endpoint/3");
  stage.setLadder(AUTO);
  let underWay = 0;
  let most = 0;
  const actions = withAction(stage, {
    run: async (input) => {
      most = Math.max(most, (underWay += 1));
      stage.endpoints.start(Bun.deepEquals(input, { component: "endpoint/3" }) ? "endpoint/3" : "endpoint/2");
      await Bun.sleep(5);
      underWay -= 1;
      return "Started";
    },
  });
  const stop = new AbortController();
  const options = { ...stage.executor, actions, executeEveryMs: 5, verifyWithinMs: 60_000 };

  const running = runExecutor(options, stop.signal);
  await until(() => database.actionRuns.get(other)?.state === "verified");
  const first = database.actionRuns.get(id)?.state;
  stop.abort();
  await running;

  expect(first).toBe("verifying");
  expect(most).toBe(1);
  expect(stage.endpoints.starts).toBe(2);
});

test("runExecutor() tells once what a pending run waits for, and again when that is something else", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  const stop = new AbortController();
  const told: unknown[] = [];
  let passes = 0;
  const clock = {
    ...stage.executor.clock,
    sleep: async () => {
      passes += 1;
      await Bun.sleep(1);
    },
  };
  const onWaits = (run: unknown, wait: unknown): unknown => told.push([Reflect.get(Object(run), "id"), wait]);

  const running = runExecutor({ ...stage.executor, clock, onWaits }, stop.signal);
  await until(() => passes > 3);
  stage.setLadder({ rung: "approve" });
  const before = passes;
  await until(() => passes > before + 3);
  stop.abort();
  await running;

  expect(told).toEqual([
    [id, { for: "ladder" }],
    [id, { for: "approval", because: "rung" }],
  ]);
});

test("runExecutor() goes on after a pass that fails, and ends with the signal", async () => {
  await using stage = await setStage();
  await stage.propose();
  stage.setLadder(AUTO);
  const stop = new AbortController();
  let passes = 0;
  const clock = { ...stage.executor.clock, now: () => (passes++ === 0 ? fail() : Date.now()) };

  const running = runExecutor({ ...stage.executor, clock, executeEveryMs: 5 }, stop.signal);
  await until(() => stage.endpoints.starts === 1);
  stop.abort();
  await running;

  expect(stage.database.actionRuns.list({ state: "verifying" })).toHaveLength(1);
});

function fail(): never {
  throw new Error("Cannot tell the time");
}

function withAction(stage: Stage, change: Partial<BoundAction>): ReadonlyMap<string, BoundAction> {
  return new Map([...stage.executor.actions].map(([id, action]) => [id, { ...action, ...change }]));
}

/** A person's run, approved. */
function startByHand({ database, instance, executor }: Stage, component: string): number {
  const input = { component };
  const preview = executor.actions.get("start-component")?.preview(input);
  if (!preview) throw new Error("Cannot find the action");
  const planned = { action: "start-component", input, risk: "reversible", preview } as const;
  const digest = digestOf(planned);
  const origin = { kind: "person" } as const;
  const { id } = database.actionRuns.add({ ...planned, digest, origin, instance, ...by("person/ada", "Start it") });
  approve(database, id, by("person/ada", "Go"));
  return id;
}

function statesOf({ database, incident }: Stage): readonly string[] {
  return database.incidents.transitions(incident).map(({ to }) => to);
}

function eventsOf({ database }: Stage): readonly string[] {
  return database.audit.list().map(({ event }) => event);
}
