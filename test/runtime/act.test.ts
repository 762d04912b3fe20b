/** What a person does by hand: with an approval of its own, verified by its effect, and on record whatever comes of it. */

import { afterEach, beforeEach, expect, test } from "bun:test";
import { digestOf } from "../../src/actions/digest.ts";
import { halt } from "../../src/actions/halt.ts";
import { systemClock } from "../../src/io/clock.ts";
import { type ActRequest, actNow, propose } from "../../src/runtime/act.ts";
import type { OpenSubject } from "../../src/runtime/subjects/open-subject.ts";
import { actionRunDetail, actionRunView } from "../../src/runtime/views/action-run.ts";
import { by } from "../toy/stage.ts";
import { until } from "../until.ts";
import { openToy, type ToyInstance } from "./toy-instance.ts";

const signal = AbortSignal.timeout(60_000);
const execution = { verifyEveryMs: 5, verifyWithinMs: 2000, settleWithinMs: 40 };

let toy: ToyInstance;
let opened: OpenSubject;

beforeEach(async () => {
  toy = await openToy();
  const { configured } = toy.opened.target;
  const session = await configured.open({ clock: systemClock, shortestPauseMs: 0 });
  opened = { ...toy.opened, session, deploymentActions: toy.endpoints.actions() };
});
afterEach(async () => {
  await opened.session[Symbol.asyncDispose]();
  await toy[Symbol.asyncDispose]();
});

test("actNow() stops and starts a component at observe, and the audit log has it as a person's run", async () => {
  const stopped = await actNow(opened, request("stop-component", { component: "endpoint/2" }), signal);
  const started = await actNow(opened, request("start-component", { component: "endpoint/2" }), signal);

  expect(stopped).toMatchObject({ state: "verified", origin: { kind: "person" }, before: { captured: { ran: true } } });
  expect(started).toMatchObject({ state: "verified", reason: "Verified: it answers again" });
  expect(toy.endpoints.runs("endpoint/2")).toBe(true);
  expect(eventsOf().slice(0, 5)).toEqual([
    "action-proposed by person",
    "action-approved by person",
    "action-intended by executor",
    "action-done by executor",
    "action-verified by executor",
  ]);
});

test.each<[string, ActRequest, string]>([
  ["what is not offered", request("stop-componet", { component: "endpoint/2" }), 'did you mean "stop-component"'],
  ["what is no component", request("start-component", { component: "lamp/2" }), 'at "component"'],
  ["what runs already", request("start-component", { component: "endpoint/2" }), "Nothing to do: it answers again"],
  ["what would break a quorum", request("stop-component", { component: "endpoint/3" }), "needs 2"],
  ["a secret", request("stop-component", { component: "endpoint/2?password=hunter2secret" }), "looks like a secret"],
])("actNow() refuses %s in one sentence, sends nothing, and has the attempt on record", async (_, asked, words) => {
  await toy.endpoints.kill("endpoint/1");
  const { database } = opened.monitoring;

  const acting = actNow(opened, { ...asked, execution }, signal);

  await expect(acting).rejects.toThrow(words);
  expect(database.actionRuns.list()).toEqual([]);
  expect(database.audit.list()).toMatchObject([{ event: "action-refused", detail: { action: asked.action } }]);
  expect(toy.endpoints.starts).toBe(0);
});

test("actNow() refuses everything while all is halted", async () => {
  const { database } = opened.monitoring;
  halt(database.path, by("person/ada", "Stop"));

  const acting = actNow(opened, request("stop-component", { component: "endpoint/2" }), signal);

  await expect(acting).rejects.toThrow("lift the halt with: operator resume");
  expect(toy.endpoints.runs("endpoint/2")).toBe(true);
});

test("actNow() tells what held before and is violated since, and rolls back with what was captured", async () => {
  const asked = request("stop-component", { component: "endpoint/2", with: "3" });

  const run = await actNow(opened, asked, signal);

  expect(run).toMatchObject({ state: "harmful", input: { with: 3 } });
  expect(run.reason).toStartWith("Violated now, held before: endpoint-answers: endpoint/3");
  expect(toy.endpoints.runs("endpoint/2")).toBe(true);
  expect(eventsOf().slice(-3)).toEqual([
    "undo-intended by executor",
    "undo-done by executor",
    "action-harmful by executor",
  ]);
});

test("actNow() starts a component of a system that has gone silent as a whole", async () => {
  for (const id of ["endpoint/1", "endpoint/2", "endpoint/3"] as const) await toy.endpoints.kill(id);

  const run = await actNow(opened, request("start-component", { component: "endpoint/2" }), signal);

  expect(run.state).toBe("verified");
});

test("propose() takes what cannot be seen for no reason against it", async () => {
  const blind = { ...opened.session, look: () => Promise.reject(new Error("Cannot look")) };
  const stop = opened.deploymentActions.get("stop-component");
  if (!stop) throw new Error("Cannot find the action");
  const unseen = { ...stop, postCondition: () => Promise.reject(new Error("Cannot see it")) };
  const asked = request("stop-component", { component: "endpoint/2" });

  const run = await propose(
    { ...opened, session: blind, deploymentActions: new Map([[stop.id, unseen]]) },
    asked,
    signal,
  );

  expect(run.state).toBe("pending");
});

test("actNow() reports what a dead process began, and then has its own effect", async () => {
  const { database } = opened.monitoring;
  const left = begunByAnother();
  await toy.endpoints.kill("endpoint/2");

  const run = await actNow(opened, request("start-component", { component: "endpoint/2" }), signal);

  expect(run.state).toBe("verified");
  expect(database.actionRuns.get(left)).toMatchObject({ state: "interrupted" });
});

test("actNow() waits for the effect of another run", async () => {
  const { database } = opened.monitoring;
  const other = begunByAnother();
  database.leases.acquire(`run/${other}`, { holder: "executor/other", nowMs: Date.now(), ttlMs: 60_000 });

  await toy.endpoints.kill("endpoint/2");
  const waiting = actNow(opened, request("start-component", { component: "endpoint/2" }), signal);
  await until(() => database.actionRuns.list({ state: "pending" }).length === 1);
  const [run] = database.actionRuns.list({ state: "pending" });
  const view = run && actionRunView(database, run, Date.now());
  database.actionRuns.advance(other, { to: "failed", atMs: Date.now(), reason: "Refused" });

  expect((await waiting).state).toBe("verified");
  expect(view).toMatchObject({ waits: `waits for the effect of action ${other}` });
  expect(view).not.toHaveProperty("advice");
});

test("propose() puts a person's run on record that waits for an approval", async () => {
  const run = await propose(opened, request("stop-component", { component: "endpoint/2" }), signal);

  const view = actionRunDetail(opened.monitoring.database, run.id, Date.now());
  expect(run).toMatchObject({ state: "pending", origin: { kind: "person" }, preview: { sends: "stop endpoint/2" } });
  expect(view).toMatchObject({
    waits: "waits for approval: it was proposed manually",
    advice: `Approve with: operator actions approve ${run.id}`,
    audit: [{ event: "action-proposed" }],
  });
  expect(view).not.toHaveProperty("incident");
  expect(toy.endpoints.runs("endpoint/2")).toBe(true);
});

/** A run whose effect is under way. */
function begunByAnother(): number {
  const { database, instance } = opened.monitoring;
  const planned = { action: "other", input: {}, risk: "reversible" } as const;
  const preview = { sends: "", expectedEffect: "", entities: ["endpoint/1" as const], stops: [] };
  const { id } = database.actionRuns.add({
    ...planned,
    preview,
    digest: digestOf({ ...planned, preview }),
    instance: instance.id,
    origin: { kind: "plan", plan: "night" },
    ...by("agent/test", "Planned"),
  });
  database.actionRuns.advance(id, { to: "running", atMs: Date.now(), reason: "Runs" });
  return id;
}

function request(action: string, fields: ActRequest["fields"]): ActRequest & { readonly execution: typeof execution } {
  return { action, fields, reason: "By hand", execution };
}

function eventsOf(): readonly string[] {
  return opened.monitoring.database.audit.list().map(({ event, actor }) => `${event} by ${actor.split("/")[0]}`);
}
