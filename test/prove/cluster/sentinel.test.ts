import { expect, setDefaultTimeout, test } from "bun:test";
import { runScenarios } from "./run.ts";
import { SENTINEL } from "./sentinel-scenarios.ts";

setDefaultTimeout(120_000);

test("behind Sentinels, nodes stay exact and lose no block through a failover and a hang, and Redis decides again", async () => {
  const only = ["sentinel-failover", "hang-primary-1.5s"];

  const outcomes = await runScenarios(SENTINEL, { watched: false, only });

  const kept = { unexplained: 0, changesLost: 0, lateWrites: 0 };
  expect(outcomes).toMatchObject(only.map((scenario) => ({ scenario, ...kept })));
});
