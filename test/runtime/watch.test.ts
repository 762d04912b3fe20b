/** An open subject: watched once, shown, inspected and acted upon. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ActionRun } from "../../src/core/safety/action-run.ts";
import type { LookRequest } from "../../src/core/subject/looks.ts";
import { openDatabase } from "../../src/database/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import { executeAll } from "../../src/runtime/act.ts";
import { inspectComponent } from "../../src/runtime/inspect.ts";
import { instanceView } from "../../src/runtime/views/instance.ts";
import { warmUp } from "../../src/runtime/warm-up.ts";
import { watchOnce } from "../../src/runtime/watch.ts";
import { entityState, newTicket } from "../database/new-ticket.ts";
import { by, setStage } from "../toy/stage.ts";
import { until } from "../until.ts";
import { openToy, type ToyInstance } from "./toy-instance.ts";

const signal = AbortSignal.timeout(60_000);
let instance: ToyInstance;

beforeAll(async () => {
  instance = await openToy();
});

afterAll(() => instance[Symbol.asyncDispose]());

test("watchOnce() judges with a past, and instanceView() shows what it has written", async () => {
  const { opened, endpoints } = instance;
  await endpoints.kill("endpoint/2");

  const { verdict } = await watchOnce(opened, signal);

  expect(verdict).toBe("violated");
  const view = instanceView(opened, Date.now());
  expect(view).toMatchObject({ title: "toy test", checkup: { violated: 1 }, incidents: [], tickets: [], charts: [] });
  expect(view.severities.get("endpoint-answers")).toBe("critical");
  expect(view.entityStates.find(({ entity }) => entity === "endpoint/2")).toMatchObject({ verdict: "violated" });
});

test("instanceView() has the worst first, in the words of the last look", () => {
  using database = openDatabase(":memory:");
  const { id } = database.instances.ensure({ subject: "toy", name: "test" });
  const [mild, bad] = ([["lamp/1", "warning"] as const, ["lamp/2", "critical"] as const] as const).map(
    ([on, severity]) => {
      const ticket = database.tickets.open(id, newTicket(on, { severity, summary: `${on} is off` }));
      database.incidents.open(id, { ...by("monitor/x", "Opened"), title: on, beganAtMs: 0, tickets: [ticket.id] });
      return ticket.id;
    },
  );
  const states = ["lamp/1", "lamp/2", "lamp/3"].map((_, index) => entityState({ entity: `lamp/${index + 1}` }));
  database.entityStates.save(id, states);
  const monitoring = { ...instance.opened.monitoring, database, instance: { id, subject: "toy", name: "test" } };

  const view = instanceView({ monitoring }, 0, new Map([["answers lamp/3", "lamp/3 flickers"]]));

  expect(view.tickets.map((ticket) => ticket.id)).toEqual([bad ?? 0, mild ?? 0]);
  expect(view.incidents.map(({ title }) => title)).toEqual(["lamp/2", "lamp/1"]);
  expect(view.entityStates.map(({ summary }) => summary)).toEqual([
    "lamp/1 is off",
    "lamp/2 is off",
    "lamp/3 flickers",
  ]);
});

test("warmUp() looks at what was followed before, too, and reads every series twice", async () => {
  const { monitoring, session } = instance.opened;
  const clock = { ...systemClock, sleep: async () => undefined };
  const asked: LookRequest[] = [];
  let records = 0;

  await warmUp(
    {
      ...instance.opened,
      session: { ...session, look: (request) => Promise.reject(new Error(String(asked.push(request)))) },
      monitoring: { ...monitoring, clock, record: async () => void (records += 1) },
    },
    signal,
  );

  expect(asked.map(({ tracked }) => [...(tracked ?? [])].filter((entity) => entity.startsWith("endpoint/")))).toEqual([
    ["endpoint/1", "endpoint/2", "endpoint/3"],
  ]);
  expect(records).toBe(2);
});

test("inspectComponent() reads what is cheap, or what is named, and sets it beside nothing where nothing is known", async () => {
  const inspections = (["cheap", "costly"] as const).map((cost) => ({
    id: `${cost}-one`,
    description: "Shows a value",
    cost,
    timeoutMs: 1000,
    appliesTo: () => true,
    compared: "changes" as const,
    read: async () => ({ cost }),
  }));
  const opened = { ...instance.opened, monitoring: { ...instance.opened.monitoring, inspections } };
  const request = { component: "endpoint/1", signal };

  const all = await inspectComponent(opened, request);
  const one = await inspectComponent(opened, { ...request, inspection: "costly-one" });

  expect(all).toMatchObject({ shown: [{ id: "cheap-one", value: { cost: "cheap" } }], more: [{ id: "costly-one" }] });
  expect(one).toMatchObject({ shown: [{ id: "costly-one" }], more: [{ id: "cheap-one" }] });
  await expect(inspectComponent(opened, { ...request, component: "endpoint/9" })).rejects.toThrow(
    "expected one of endpoint/1",
  );
  await expect(inspectComponent(opened, { ...request, inspection: "cheap" })).rejects.toThrow(
    'did you mean "cheap-one"',
  );
  await expect(inspectComponent(instance.opened, { ...request, inspection: "x" })).rejects.toThrow(
    "nothing of it can be",
  );
});

test("executeAll() begins what is approved, one after the other, and tells of each", async () => {
  await using stage = await setStage();
  stage.setLadder({ rung: "approve" });
  const { id, digest } = await stage.propose();
  const nowMs = Date.now();
  stage.database.actionRuns.approve(id, { digest, ...by("person/ada", "Yes"), expiresAtMs: nowMs + 60_000 });
  const { database } = stage;
  const monitoring = {
    ...instance.opened.monitoring,
    database,
    instance: { id: stage.instance, subject: "toy", name: "stage" },
  };
  const opened = {
    ...instance.opened,
    session: stage.session,
    monitoring,
    deploymentActions: stage.endpoints.actions(),
  };
  const worked: ActionRun[] = [];

  await Promise.all([
    executeAll(opened, { verifyEveryMs: 20, onWorked: (run) => worked.push(run) }, signal),
    until(() => stage.endpoints.runs("endpoint/2")).then(() => stage.resolveTicket()),
  ]);

  expect(worked.map((run) => [run.id, run.state])).toEqual([[id, "verified"]]);
});
