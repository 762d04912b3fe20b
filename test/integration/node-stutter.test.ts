/** A node that runs in fits and starts, on a live lab under `watch`: what its clients feel is violated for as long as it lasts. */

import { expect, test } from "bun:test";
import { join } from "node:path";
import { seededRandom } from "../../src/core/system/random.ts";
import { openDatabase } from "../../src/database/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import { openSubject } from "../../src/runtime/subjects/open-subject.ts";
import { targetOf } from "../../src/runtime/subjects/resolve-subject.ts";
import { watch } from "../../src/runtime/watch.ts";
import { ratelimiterLab } from "../../src/subjects/ratelimiter/lab/mod.ts";
import { startTraffic } from "../../src/trials/traffic.ts";
import { until } from "../until.ts";
import { startCluster } from "./limiter-cluster.ts";

const VICTIM = "node/2";
const FELT = ["latency-p99", "node-stalled"];
/** What a busy machine does to the other nodes must not be taken for it. */
const thresholds = { "latency-p99": { latencyMs: 150 } };

test("a node stopped for 250 of every 500 ms is stalled, and slow as its clients see it, from soon after the first stop to the last", async () => {
  await using cluster = await startCluster({ limit: "100", window: "4s" });
  const { deployment } = cluster;
  await using lab = await ratelimiterLab.open(deployment);
  await using _traffic = startTraffic({ lab: ratelimiterLab, deployment, clock: systemClock, seed: 1, check: false });
  using database = openDatabase(join(cluster.home, "operator.db"));
  const graceMs = Object.fromEntries(FELT.map((id) => [id, 1000]));
  const target = { ...(await targetOf(deployment)), graceMs, thresholds };
  await using opened = await openSubject(target, { database, clock: systemClock, intervalMs: 1000 });
  const { instance } = opened.monitoring;
  const ending = new AbortController();
  const watching = watch(opened, { intervalMs: 1000 }, ending.signal);
  const verdicts = () =>
    database.entityStates
      .load(instance.id)
      .flatMap(({ invariant, entity, verdict }) => (FELT.includes(invariant) && entity === VICTIM ? [verdict] : []));
  const tickets = () =>
    database.tickets.list({ instance: instance.id, state: "open" }).filter(({ on }) => on === VICTIM);

  await until(() => verdicts().length === 2 && verdicts().every((verdict) => verdict === "holds"));
  const fault = lab.fault("node-stutter");
  const { signal } = ending;
  const input = await fault.choose({ target: VICTIM, random: seededRandom(1), forMs: 60_000, signal });
  await fault.inject(input, signal);
  await until(() => FELT.every((id) => tickets().some(({ invariant }) => invariant === id)));
  const seen = new Set<string>();
  for (let looks = 0; looks < 25; looks += 1) {
    for (const verdict of verdicts()) seen.add(verdict);
    await Bun.sleep(100);
  }
  await fault.heal(input, signal);
  ending.abort();
  await watching;

  expect(seen).toEqual(new Set(["violated"]));
}, 90_000);
