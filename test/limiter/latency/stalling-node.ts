/** A node that stalls on purpose: how long real clients wait for it, beside what is made of its own figures. */

import type { SeriesWindow } from "../../../src/core/system/series.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { type LoopTick, watchEventLoop } from "../../../src/limiter/latency/event-loop.ts";
import { runLoad } from "../../../src/load/run.ts";
import { readTarget } from "../../../src/load/target.ts";
import { scrape } from "../../../src/prometheus/scrape.ts";
import { clientP99Seconds } from "../../../src/subjects/ratelimiter/client/client-latency.ts";
import { type NodeMetrics, readMetrics } from "../../../src/subjects/ratelimiter/client/node-metrics.ts";
import { TRAFFIC } from "../../../src/subjects/ratelimiter/lab/faults/traffic.ts";
import { checks } from "../../../src/subjects/ratelimiter/lab/workload.ts";
import { startRedis } from "../../redis-server.ts";

/** How a node stalls: for so long, again and again. */
export interface Stalls {
  /** `signal` stops the process, `block` keeps its event loop busy. */
  readonly by: "signal" | "block";
  readonly stallMs: number;
  readonly everyMs: number;
}

/** What was measured while a node stalled. */
export interface ClientLatency {
  /** Of the clients, which measure from when a request was due. */
  readonly measuredMs: number;
  readonly estimatedMs: number;
  /** Of the handlers alone. */
  readonly handlerMs: number;
  readonly stalledRatio: number;
  /** The p99 of waits for the process of the clients itself: where it is long, nobody else's can be measured. */
  readonly ownWaitMs: number;
}

const PROGRAM = new URL("stalling-program.ts", import.meta.url).pathname;
const RATE_PER_SECOND = 200;

/** Asks a stalling node for a while, at a steady rate that does not wait for answers. */
export async function measureClientLatency({ by, stallMs, everyMs }: Stalls, forMs: number): Promise<ClientLatency> {
  await using redis = await startRedis();
  const blocks = by === "block" ? [`${stallMs}`, `${everyMs}`] : [];
  await using node = await startProgram([redis.url, ...blocks]);
  const stopping = new AbortController();
  const stopped = by === "signal" ? stopAgainAndAgain(node.child, { stallMs, everyMs }, stopping.signal) : undefined;
  const ticks: LoopTick[] = [];
  using _own = watchEventLoop({ onTick: (tick) => ticks.push(tick) });
  const before = await pageOf(node.url);
  const report = await runLoad(
    {
      ...TRAFFIC,
      ratePerSecond: RATE_PER_SECOND,
      forMs,
      timeoutMs: 30_000,
      seed: 1,
      workload: checks({ check: false }),
      targets: [readTarget(node.url)],
    },
    { clock: systemClock, signal: new AbortController().signal },
  );
  const after = await pageOf(node.url);
  stopping.abort();
  await stopped;
  const metrics = await metricsOf(before, after);
  const { checks: handled, arrivalWaits, stalledRatio = 0 } = metrics;
  return {
    measuredMs: report.latencyMs.p99,
    estimatedMs: (handled ? (clientP99Seconds(handled, arrivalWaits) ?? 0) : 0) * 1000,
    handlerMs: (handled?.p99Seconds ?? 0) * 1000,
    stalledRatio,
    ownWaitMs: waitP99Ms(ticks),
  };
}

/** The smallest x that arrivals exceed in at most a hundredth of the time: Σ max(0, stall − x) over all of it. */
function waitP99Ms(ticks: readonly LoopTick[]): number {
  const observedMs = ticks.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0);
  const longerMs = (waitMs: number) => ticks.reduce((sum, { stallMs }) => sum + Math.max(0, stallMs - waitMs), 0);
  let waitMs = 0;
  while (longerMs(waitMs) > 0.01 * observedMs) waitMs += 1;
  return waitMs;
}

interface Program extends AsyncDisposable {
  readonly child: Bun.Subprocess;
  readonly url: string;
}

async function startProgram(args: readonly string[]): Promise<Program> {
  const child = Bun.spawn([process.execPath, PROGRAM, ...args], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const { value } = await child.stdout.getReader().read();
  return {
    child,
    url: new TextDecoder().decode(value).trim(),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

async function stopAgainAndAgain(
  child: Bun.Subprocess,
  { stallMs, everyMs }: Pick<Stalls, "stallMs" | "everyMs">,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    child.kill("SIGSTOP");
    await Bun.sleep(stallMs);
    child.kill("SIGCONT");
    await systemClock.sleep(everyMs - stallMs, signal).catch(() => undefined);
  }
}

interface Page {
  readonly atMs: number;
  readonly samples: Awaited<ReturnType<typeof scrape>>["samples"];
}

async function pageOf(url: string): Promise<Page> {
  const { samples } = await scrape(`${url}/metrics`, { signal: AbortSignal.timeout(30_000), timeoutMs: 30_000 });
  return { atMs: Date.now(), samples };
}

/** What an observer makes of two scrapes. */
async function metricsOf(before: Page, after: Page): Promise<NodeMetrics> {
  const windows = after.samples.map(({ name, labels, value }): SeriesWindow => {
    const former = before.samples.find((sample) => sample.name === name && Bun.deepEquals(sample.labels, labels));
    const points = [
      { atMs: before.atMs, value: former?.value ?? 0 },
      { atMs: after.atMs, value },
    ];
    return { metric: name, labels, points };
  });
  const read = await readMetrics(
    async ({ metric }) => windows.filter((window) => window.metric === metric),
    new AbortController().signal,
  );
  const [metrics] = read;
  if (!metrics) throw new Error("Cannot read the metrics of the node: its page has none");
  return metrics;
}
