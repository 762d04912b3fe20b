import { expect, test } from "bun:test";
import { consider } from "../../src/actions/suggest.ts";
import { investigateNext, runAgent } from "../../src/agent/agent.ts";
import { parseCase } from "../../src/agent/case/case.ts";
import type { Engine } from "../../src/agent/engines/engine.ts";
import { rules } from "../../src/agent/engines/rules/mod.ts";
import type { Conclusion } from "../../src/core/diagnosis/diagnosis.ts";
import { NOTHING_SPENT } from "../../src/core/diagnosis/investigation.ts";
import type { Consideration } from "../../src/core/safety/action-run.ts";
import type { Checkup } from "../../src/core/subject/checkup.ts";
import { by, type Stage, setStage, step } from "../toy/stage.ts";
import { until } from "../until.ts";
import { storedDesk } from "./cases.ts";

test("investigateNext() finds the cause, puts it on record and proposes what fixes it", async () => {
  await using stage = await setStage();

  const incident = await investigateNext(stage.agent, stage.signal);

  expect(incident?.state).toBe("awaiting-approval");
  const [diagnosis] = stage.database.incidents.diagnoses(stage.incident);
  expect(diagnosis?.cause).toMatchObject({ component: "endpoint/2", mechanism: "crash", verdict: "confirmed" });
  expect(diagnosis?.options.map(({ mechanism }) => mechanism)).toEqual(["hang", "partition", "dependency-loss"]);
  expect(diagnosis?.suggestions.map(({ action }) => action)).toEqual(["start-component"]);
  expect(diagnosis?.timeline.map(({ event, of }) => `${event} ${of}`)).toContain("went-down endpoint/2");
  expect(stage.database.actionRuns.list()).toMatchObject([
    { action: "start-component", input: { component: "endpoint/2" }, state: "pending", proposedBy: "agent/test" },
  ]);
  expect(reasons(stage).at(-1)).toBe("Proposed action 1: start-component component=endpoint/2");
});

test("investigateNext() leaves a record of the investigation: its case, its steps and how it ended", async () => {
  await using stage = await setStage();
  const { investigations } = stage.database;

  await investigateNext(stage.agent, stage.signal);

  const [investigation] = investigations.list(stage.incident);
  expect(investigation).toMatchObject({ engine: "rules", state: "concluded" });
  expect(investigation?.outcome).toStartWith("crash of endpoint/2 (confirmed)");
  const id = investigation?.id ?? 0;
  expect(investigations.steps(id).map(({ kind }) => kind)).toEqual(["began", "weighed", "concluded", "ended"]);
  const stored = parseCase(investigations.caseOf(id));
  const again = await rules.investigate(stored, storedDesk(stored), stage.signal);
  expect(again.cause).toEqual(stage.database.incidents.diagnoses(stage.incident)[0]?.cause);
});

test("investigateNext() goes on with rules when the day's budget of a model is spent, and says so", async () => {
  await using stage = await setStage();
  const model: Engine = { id: "model", investigate: () => Promise.reject(new Error("Asked for money")) };
  const agent = { ...stage.agent, engine: model, dayLimits: { usd: 1 } };
  const { investigations } = stage.database;
  const spent = { ...NOTHING_SPENT, usd: 1 };
  const { id } = investigations.begin({ incident: stage.incident, engine: "model", atMs: Date.now(), case: {} });
  investigations.end(id, { atMs: Date.now(), state: "failed", outcome: "", spent });

  const incident = await investigateNext(agent, stage.signal);

  expect(incident?.state).toBe("awaiting-approval");
  expect(reasons(stage)).toContain(
    "Investigating with rules: the budget of model for this incident is spent for today",
  );
  expect(investigations.list(stage.incident).at(-1)).toMatchObject({ engine: "rules", state: "concluded" });
});

test("investigateNext() goes on with rules when the day's budget of all incidents is spent, and says so", async () => {
  await using stage = await setStage();
  const model: Engine = { id: "model", investigate: () => Promise.reject(new Error("Asked for money")) };
  const { investigations, incidents } = stage.database;
  const by = { atMs: Date.now(), actor: "monitor/test", reason: "" } as const;
  const other = incidents.open(stage.instance, { ...by, title: "Other", beganAtMs: 1, tickets: [] }).id;
  const { id } = investigations.begin({ incident: other, engine: "model", atMs: Date.now(), case: {} });
  investigations.spend(id, { ...NOTHING_SPENT, usd: 3 });

  await investigateNext({ ...stage.agent, engine: model, allUsd: 3 }, stage.signal);

  expect(reasons(stage)).toContain(
    "Investigating with rules: the budget of model for all incidents is spent for today",
  );
});

test("investigateNext() counts what an agent had spent that died in the middle", async () => {
  await using stage = await setStage();
  const { investigations } = stage.database;
  const { id } = investigations.begin({ incident: stage.incident, engine: "model", atMs: Date.now(), case: {} });
  investigations.spend(id, { ...NOTHING_SPENT, usd: 1.5, turns: 3 });

  await investigateNext(stage.agent, stage.signal);

  const [abandoned] = investigations.list(stage.incident);
  expect(abandoned).toMatchObject({ state: "abandoned", spent: { usd: 1.5, turns: 3 } });
  expect(investigations.spentSince(stage.incident, 0).usd).toBe(1.5);
});

test("investigateNext() puts on record that a model has failed, and has rules answer", async () => {
  await using stage = await setStage();
  const engine: Engine = { id: "test", investigate: () => Promise.reject(new Error("Out of tokens")) };

  const incident = await investigateNext({ ...stage.agent, engine }, stage.signal);

  expect(stage.database.investigations.list(stage.incident)).toMatchObject([
    { engine: "test", state: "failed", outcome: "Out of tokens" },
    { engine: "rules", state: "concluded" },
  ]);
  expect(incident?.state).toBe("awaiting-approval");
  const [diagnosis] = stage.database.incidents.diagnoses(stage.incident);
  expect(diagnosis?.unknowns).toContain("test gave no answer: Out of tokens");
});

test("investigateNext() leaves an incident alone that waits for an action, is held, or is another's", async () => {
  await using waiting = await setStage();
  await using held = await setStage();
  await using others = await setStage();
  await waiting.propose();
  held.database.tickets.change(held.ticket, "held", by("person/ada", "Mine"));
  const other = { holder: "agent/other", nowMs: Date.now(), ttlMs: 60_000 };
  others.database.leases.acquire(`incident/${others.incident}`, other);

  for (const stage of [waiting, held, others]) {
    expect(await investigateNext(stage.agent, stage.signal)).toBeUndefined();
  }
});

test("investigateNext() takes up what a dead agent has left", async () => {
  await using stage = await setStage();
  const left = by("agent/dead", "Investigates");
  stage.database.incidents.move(stage.incident, { to: "investigating", ...left });
  stage.database.leases.acquire(`incident/${stage.incident}`, {
    holder: "agent/dead",
    nowMs: Date.now() - 2000,
    ttlMs: 1000,
  });

  const incident = await investigateNext(stage.agent, stage.signal);

  expect(incident?.state).toBe("awaiting-approval");
});

test("investigateNext() escalates what it finds no cause for, or no action against", async () => {
  await using causeless = await setStage({ killed: false });
  await using helpless = await setStage();

  await investigateNext(causeless.agent, causeless.signal);
  await investigateNext({ ...helpless.agent, consider: refuseAll }, helpless.signal);

  expect(reasons(causeless).at(-1)).toBe("No cause was found that an action could fix");
  expect(reasons(helpless).at(-1)).toBe("No offered action fixes crash of endpoint/2");
  expect([causeless, helpless].map(stateOf)).toEqual(["escalated", "escalated"]);
});

test("investigateNext() looks again into what it found no cause for when another ticket has joined", async () => {
  await using stage = await setStage({ killed: false });
  await investigateNext(stage.agent, stage.signal);
  expect(await investigateNext(stage.agent, stage.signal)).toBeUndefined();

  await stage.endpoints.kill("endpoint/3");
  stage.join("endpoint/3");

  expect((await investigateNext(stage.agent, stage.signal))?.state).toBe("awaiting-approval");
});

test("investigateNext() looks again after a pause, and says nothing new of what it cannot see", async () => {
  await using often = await setStage();
  await using blind = await setStage();
  for (const stage of [often, blind]) await investigateNext({ ...stage.agent, consider: refuseAll }, stage.signal);
  for (const id of ["endpoint/1", "endpoint/2", "endpoint/3"] as const) await blind.endpoints.kill(id);
  const later = (ms: number) => ({ ...often.agent.clock, now: () => Date.now() + ms });

  expect(await investigateNext({ ...often.agent, clock: later(29_000) }, often.signal)).toBeUndefined();
  const again = { ...often.agent, consider: refuseAll, clock: later(31_000) };
  expect((await investigateNext(again, often.signal))?.state).toBe("escalated");
  expect(await investigateNext({ ...blind.agent, clock: later(31_000) }, blind.signal)).toBeUndefined();
  expect([often, blind].map(stateOf)).toEqual(["escalated", "escalated"]);
});

test("investigateNext() looks again into what escalated with a cause when something joins it", async () => {
  await using stage = await setStage();
  await investigateNext({ ...stage.agent, consider: refuseAll }, stage.signal);

  stage.join("endpoint/3");

  expect((await investigateNext(stage.agent, stage.signal))?.state).toBe("awaiting-approval");
});

test("investigateNext() escalates an engine that fails, answers nonsense or takes too long", async () => {
  const engines: readonly Engine["investigate"][] = [
    () => Promise.reject(new Error("Out of tokens")),
    async () => JSON.parse('{"text":"It is DNS"}'),
    (_given, _desk, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
  ];

  for (const investigate of engines) {
    await using stage = await setStage();
    const engine = { id: "rules", investigate };
    await investigateNext({ ...stage.agent, engine, limits: { wallMs: 50 } }, stage.signal);
    expect(reasons(stage).at(-1)).toStartWith("Cannot investigate: ");
    expect(stateOf(stage)).toBe("escalated");
  }
});

test("investigateNext() leaves to the monitor what it has diagnosed and what has recovered since", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  stage.database.actionRuns.advance(id, step("cancelled", "Its cause is gone"));
  stage.endpoints.start("endpoint/2");

  expect(await investigateNext(stage.agent, stage.signal)).toBeUndefined();
  expect(stage.database.incidents.diagnoses(stage.incident).at(-1)?.cause?.mechanism).toBe("crash");

  await stage.endpoints.kill("endpoint/2");
  expect((await investigateNext(stage.agent, stage.signal))?.state).toBe("awaiting-approval");
});

test("runAgent() goes on after a pass that fails, and ends with the signal", async () => {
  await using stage = await setStage();
  const stop = new AbortController();
  let passes = 0;
  const clock = { ...stage.agent.clock, now: () => (passes++ === 0 ? fail() : Date.now()) };

  const running = runAgent({ ...stage.agent, clock, investigateEveryMs: 5 }, stop.signal);
  await until(() => stateOf(stage) === "awaiting-approval");
  stop.abort();
  await running;

  expect(stage.database.actionRuns.list()).toHaveLength(1);
});

test("runAgent() rests after a pass that fails, too", async () => {
  await using stage = await setStage();
  const stop = new AbortController();
  let [passes, rests] = [0, 0];
  const clock = {
    ...stage.agent.clock,
    now: () => (++passes < 50 ? fail() : stop.abort()) ?? 0,
    sleep: async () => (++rests < 2 ? undefined : stop.abort()),
  };

  await runAgent({ ...stage.agent, clock }, stop.signal);

  expect({ passes, rests }).toEqual({ passes: 2, rests: 2 });
});

function stateOf({ database, incident }: Stage): string | undefined {
  return database.incidents.get(incident)?.state;
}

function reasons({ database, incident }: Stage): readonly string[] {
  return database.incidents.transitions(incident).map(({ reason }) => reason);
}

function fail(): never {
  throw new Error("Cannot tell the time");
}

/** As where no action is offered. */
function refuseAll(conclusion: Conclusion, now: Checkup): Consideration {
  return consider(conclusion, now, { actions: new Map(), runs: [] });
}
