/** Observations to figures. */

import { expect, test } from "bun:test";
import type { NodeMetrics } from "../../../src/subjects/ratelimiter/client/node-metrics.ts";
import { seriesOf } from "../../../src/subjects/ratelimiter/picture-series.ts";
import { node, observation, read, SILENT } from "./observations.ts";

test("seriesOf() has no figures of a node that does not answer now, nor adds them to those of all", () => {
  const nodes = [node("1"), node("2", { health: SILENT })];
  const metrics = read(nodes.map(({ address }) => metricsOf(address)));

  const series = seriesOf(observation({ nodes, metrics }));

  const rates = series.filter(({ name }) => name === "checks_per_second");
  expect(rates.map(({ component, value }) => [component, value])).toEqual([
    ["node/1", 100],
    ["clients/all", 100],
  ]);
});

function metricsOf(address: string): NodeMetrics {
  return {
    address,
    resultsPerSecond: { allowed: 100 },
    checks: { count: 800, p99Seconds: 0.002 },
    redisCalls: undefined,
    redisErrorsPerSecond: undefined,
    decided: { count: 500, aloneRatio: 0 },
    cpuRatio: undefined,
    residentBytes: undefined,
    activeKeys: undefined,
    lagRatio: undefined,
    arrivalWaits: { p99Seconds: 0.24, count: 8000 },
    stalledRatio: 0.5,
  };
}
