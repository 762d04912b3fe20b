import { expect, test } from "bun:test";
import type { Predicate } from "../../src/core/diagnosis/claims/mod.ts";
import type { Diagnosis } from "../../src/core/diagnosis/diagnosis.ts";
import type { CauseVerdict } from "../../src/core/diagnosis/hypothesis.ts";
import type { Component } from "../../src/core/system/picture.ts";
import type { EntityId } from "../../src/core/words/ids.ts";
import { confirmedCauses } from "../../src/monitor/cause-state.ts";
import type { Script } from "./scripted-session.ts";
import { type Watching, watching } from "./watching.ts";

const INTERVAL = 5000;
const SKEWED: Component = { id: "node/1", kind: "node", state: "up", clockOffsetMs: 9000 };
const CLAIM: Predicate = {
  kind: "state-is",
  component: "node/1",
  path: "clockOffsetMs",
  comparison: "above",
  value: 1000,
};

test("monitor() does not take recovered for repaired: it closes only when the cause is gone, too", async () => {
  await using run = await recovered(CLAIM);

  await run.clock.advance(10 * INTERVAL);
  const state = run.database.incidents.get(1)?.state;
  run.script.components = [{ ...SKEWED, clockOffsetMs: 3 }];
  await run.clock.advance(2 * INTERVAL);
  const once = run.database.incidents.get(1)?.state;
  await run.clock.advance(INTERVAL);

  expect(once).toBe("diagnosed");
  expect(state).toBe("diagnosed");
  expect(run.database.incidents.get(1)?.state).toBe("resolved");
  expect(run.database.incidents.transitions(1).at(-1)?.reason).toBe("Every ticket is resolved and the cause is gone");
});

test("monitor() keeps an incident open for ten minutes while nobody can see whether its cause is still there", async () => {
  await using run = await recovered(CLAIM);

  run.script.components = [{ id: "node/1", kind: "node", state: "up" }];
  await run.clock.advance(550_000);
  const early = run.database.incidents.get(1)?.state;
  await run.clock.advance(100_000);

  expect(early).toBe("diagnosed");
  expect(run.database.incidents.get(1)?.state).toBe("resolved");
});

test("monitor() takes claims on a component that is gone for good for false", async () => {
  await using run = await recovered(CLAIM);

  run.script.components = [];
  await run.clock.advance(10 * INTERVAL);

  expect(run.database.incidents.get(1)?.state).toBe("resolved");
});

test("monitor() takes what was said of a component that is gone for good for false, and not what was said of other entities", async () => {
  const said = (entity: EntityId): Predicate => ({
    kind: "verdict-is",
    invariant: "runs",
    entity,
    verdict: "violated",
  });
  await using gone = await recovered(said("node/4"));
  await using other = await recovered(said("key/4"));

  await gone.clock.advance(10 * INTERVAL);
  await other.clock.advance(10 * INTERVAL);

  expect(gone.database.incidents.get(1)?.state).toBe("resolved");
  expect(other.database.incidents.get(1)?.state).toBe("diagnosed");
});

test("monitor() closes an incident ten minutes after its last ticket where only a setting is left, and says so", async () => {
  const setting: Predicate = {
    kind: "state-is",
    component: "node/1",
    path: "version",
    comparison: "is",
    value: "2",
  };
  await using run = await recovered(setting);
  run.script.components = [{ ...SKEWED, version: "2" }];

  await run.clock.advance(550_000);
  const early = run.database.incidents.get(1)?.state;
  await run.clock.advance(100_000);

  expect(early).toBe("diagnosed");
  expect(run.database.incidents.get(1)).toMatchObject({
    state: "resolved",
    closing: { remains: ['node/1 version is "2"'] },
  });
  expect(run.database.incidents.transitions(1).at(-1)?.reason).toBe(
    'Recovered, cause still there: node/1 version is "2"',
  );
});

test("confirmedCauses() leave out what a later diagnosis set aside", () => {
  const first = diagnosis(CLAIM, "confirmed");
  const { cause } = first;
  if (!cause) throw new Error("No cause");
  const refuted = { ...cause, verdict: "inconclusive" as const, rejectedBecause: "It answers" };

  const later = { ...diagnosis(CLAIM, "likely"), options: [refuted] };

  expect(confirmedCauses([first])).toEqual([cause]);
  expect(confirmedCauses([first, later])).toEqual([]);
});

test("monitor() asks only confirmed causes", async () => {
  await using run = await recovered(CLAIM, "likely");

  await run.clock.advance(10 * INTERVAL);

  expect(run.database.incidents.get(1)?.state).toBe("resolved");
});

test("monitor() asks the past for the level of a series", async () => {
  const level: Predicate = {
    kind: "level",
    metric: "load_ratio",
    labels: {},
    windowMs: 20_000,
    baselineFromMs: 0,
    baselineToMs: 30_000,
    comparison: "above",
    factor: 2,
  };
  await using run = await recovered(level);

  await run.clock.advance(10 * INTERVAL);

  // The scripted past is mute, so the level stays unknown.
  expect(run.database.incidents.get(1)?.state).toBe("diagnosed");
});

/** An incident with a diagnosis, whose tickets are about to resolve. */
async function recovered(predicate: Predicate, verdict: CauseVerdict = "confirmed"): Promise<Watching> {
  const script: Script = { verdicts: { "answers node/1": "violated" }, components: [SKEWED] };
  const run = await watching(script, { series: () => Promise.reject(new Error("mute")) });
  await run.clock.advance(2 * INTERVAL);
  const by = { atMs: run.clock.now(), actor: "agent/x", reason: "Goes on" } as const;
  run.database.incidents.move(1, { ...by, to: "investigating" });
  run.database.incidents.addDiagnosis(1, diagnosis(predicate, verdict));
  run.database.incidents.move(1, { ...by, to: "diagnosed" });
  run.script.verdicts["answers node/1"] = "holds";
  return run;
}

function diagnosis(predicate: Predicate, verdict: CauseVerdict): Diagnosis {
  const claim = { side: "for", predicate, outcome: "true", figure: "so", persistent: true } as const;
  return {
    engine: "test",
    atMs: 0,
    observation: "",
    timeline: [],
    cause: { component: "node/1", mechanism: "clock-skew", summary: "", claims: [claim], verdict },
    affected: [],
    propagation: [],
    options: [],
    suggestions: [],
    confidence: 0.9,
    unknowns: [],
  };
}
