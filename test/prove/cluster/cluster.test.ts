import { expect, setDefaultTimeout, test } from "bun:test";
import { CLUSTER } from "./cluster-scenarios.ts";
import { runScenarios } from "./run.ts";

setDefaultTimeout(120_000);

test("on a Redis Cluster, nodes stay exact and lose no block through a failover and a lost slot, and Redis decides again", async () => {
  const only = ["graceful-failover", "lost-slot"];

  const outcomes = await runScenarios(CLUSTER, { watched: false, only });

  const promises = outcomes.map(({ scenario, unexplained, changesLost }) => ({ scenario, unexplained, changesLost }));
  expect(promises).toEqual(only.map((scenario) => ({ scenario, unexplained: 0, changesLost: 0 })));
});
