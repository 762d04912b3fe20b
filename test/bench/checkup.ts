/** What one checkup of a running three-node limiter costs the watcher, scraping and recording included. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/database/mod.ts";
import { bringUp } from "../../src/deployments/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import { runRound, startWatch } from "../../src/monitor/round.ts";
import { openSubject } from "../../src/runtime/subjects/open-subject.ts";
import { targetOf } from "../../src/runtime/subjects/resolve-subject.ts";
import { rateLimiter } from "../../src/subjects/ratelimiter/recipes/local.ts";

const ROUNDS = 60;
const EVERY_MS = 250;
const GOAL_MS = 30;

/** Watches live traffic for some rounds and answers the table as Markdown. */
export async function benchCheckup(): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), "operator-bench-"));
  stack.defer(() => rmSync(home, { recursive: true, force: true }));
  const { signal } = new AbortController();
  const recipe = rateLimiter({ nodes: 3, prometheus: false, settings: { window: "10s" } });
  const deployment = await bringUp({ home, recipe }, { signal });
  stack.defer(() => deployment.down());
  const traffic = startTraffic(
    deployment.components.filter(({ kind }) => kind === "node").map(({ address }) => address),
  );
  stack.defer(() => traffic.kill());
  const database = stack.use(openDatabase(join(home, "operator.db")));
  const opened = stack.use(await openSubject(await targetOf(deployment), { database, clock: systemClock }));
  const watch = startWatch(opened.session, { ...opened.monitoring, actor: "monitor/bench", signal }, 60_000);
  const { costMs, elapsedMs } = await measureRounds(watch);
  return [
    "| checkup of 3 nodes under 300 checks/s | ms |\n|---|---|",
    `| CPU of the watcher, mean of ${ROUNDS} rounds | ${costMs.toFixed(1)} (goal under ${GOAL_MS}: ${costMs < GOAL_MS ? "met" : "missed"}) |`,
    `| from begin to end, mean | ${elapsedMs.toFixed(1)} |`,
  ].join("\n");
}

async function measureRounds(watch: ReturnType<typeof startWatch>): Promise<{ costMs: number; elapsedMs: number }> {
  const total = { cpuUs: 0, elapsedMs: 0 };
  for (let round = -10; round < ROUNDS; round++) {
    await systemClock.sleep(EVERY_MS);
    const cpu = process.cpuUsage();
    const begun = performance.now();
    await runRound(watch, { atMs: Math.round(systemClock.now()), stepped: false });
    if (round < 0) continue;
    const { user, system } = process.cpuUsage(cpu);
    total.cpuUs += user + system;
    total.elapsedMs += performance.now() - begun;
  }
  return { costMs: total.cpuUs / 1000 / ROUNDS, elapsedMs: total.elapsedMs / ROUNDS };
}

function startTraffic(addresses: readonly string[]): Bun.Subprocess {
  const main = new URL("../../src/main.ts", import.meta.url).pathname;
  const targets = addresses.flatMap((address) => ["--target", address]);
  return Bun.spawn([process.execPath, main, "load", "--rate", "300/s", "--keys", "200", "--for", "5m", ...targets], {
    stdio: ["ignore", "ignore", "ignore"],
  });
}
