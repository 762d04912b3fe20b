/** What the demo plays on: a cluster of its own, live traffic, and the whole operator, all in a folder that is thrown away. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rules } from "../agent/rules.ts";
import { type OpenSubject, openSubject } from "../cli/open-subject.ts";
import { operate } from "../cli/operate.ts";
import { type Database, openDatabase } from "../database/mod.ts";
import type { Deployment } from "../deployments/deployment.ts";
import type { Lab } from "../deployments/lab.ts";
import { upLocal } from "../deployments/local/up.ts";
import { rateLimiter } from "../deployments/recipes/ratelimiter.ts";
import { systemClock } from "../io/clock.ts";
import { runLoad } from "../load/run.ts";
import type { LoadReport, LoadTick } from "../load/tally.ts";
import { readTarget } from "../load/target.ts";
import type { MonitorEvent } from "../monitor/mod.ts";
import { LABS } from "../subjects/labs.ts";

/** Figures of the demo, shorter than in earnest so that nobody has to wait. */
export const PACE = {
  nodes: 3,
  limit: "100",
  window: "10s",
  ratePerSecond: 300,
  keys: 50,
  intervalMs: 1000,
  graceMs: 2000,
} as const;

/** Everything in its place. Disposing takes all of it down. */
export interface Stage extends AsyncDisposable {
  readonly home: string;
  readonly deployment: Deployment;
  readonly lab: Lab;
  readonly database: Database;
  readonly opened: OpenSubject;
  /** Begins to send; the report comes when `stop` is called. */
  startTraffic(onTick: (tick: LoadTick) => void, seed: number): Traffic;
  /** Begins to watch, to investigate and to act. */
  startOperator(onEvent: (event: MonitorEvent) => void): void;
}

/** Traffic under way. */
export interface Traffic {
  stop(): Promise<LoadReport>;
}

/** Brings the cluster up and opens the operator on it. */
export async function openStage(options: {
  readonly signal: AbortSignal;
  readonly onReady: (component: string) => void;
}): Promise<Stage> {
  const { signal, onReady } = options;
  await using stack = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), "operator-demo-"));
  stack.defer(() => rmSync(home, { recursive: true, force: true }));
  const { nodes, limit, window } = PACE;
  const recipe = rateLimiter({ nodes, prometheus: false, settings: { limit, window } });
  const deployment = await upLocal({ home, name: "demo", recipe }, { signal, onReady });
  stack.defer(() => deployment.down());
  const lab = await loadLab(deployment.subject);
  const database = stack.use(openDatabase(join(home, "operator.db")));
  const graceMs = { "node-reachable": PACE.graceMs };
  const opened = stack.use(await openSubject({ deployment, database, clock: systemClock, graceMs }));
  const running = stack.use(new Background());
  const owned = stack.move();
  return {
    home,
    deployment,
    lab,
    database,
    opened,
    startTraffic: (onTick, seed) => startTraffic({ deployment, lab, onTick, seed, running }),
    startOperator: (onEvent) => startOperator({ database, opened, onEvent, running }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Loops that run beside the story and end with it. */
class Background implements AsyncDisposable {
  readonly #ending = new AbortController();
  readonly #loops: Promise<unknown>[] = [];

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  add(loop: Promise<unknown>): void {
    this.#loops.push(loop);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled(this.#loops);
  }
}

interface TrafficOptions {
  readonly deployment: Deployment;
  readonly lab: Lab;
  readonly onTick: (tick: LoadTick) => void;
  readonly seed: number;
  readonly running: Background;
}

function startTraffic({ deployment, lab, onTick, seed, running }: TrafficOptions): Traffic {
  const stopping = new AbortController();
  const report = runLoad(
    {
      pattern: "steady",
      ratePerSecond: PACE.ratePerSecond,
      forMs: 3_600_000,
      factor: 1,
      everyMs: 1000,
      burstMs: 0,
      windowMs: 10_000,
      keys: PACE.keys,
      zipf: 1,
      closed: false,
      connections: 30,
      timeoutMs: 1000,
      seed,
      workload: lab.workload({ check: true }),
      targets: lab.targets(deployment).map(readTarget),
    },
    { clock: systemClock, signal: AbortSignal.any([running.signal, stopping.signal]), onTick },
  );
  running.add(report);
  return {
    stop() {
      stopping.abort();
      return report;
    },
  };
}

interface OperatorOptions {
  readonly database: Database;
  readonly opened: OpenSubject;
  readonly onEvent: (event: MonitorEvent) => void;
  readonly running: Background;
}

function startOperator({ database, opened, onEvent, running }: OperatorOptions): void {
  const { instance, invariants, session, series, deploymentActions } = opened;
  const by = { atMs: systemClock.now(), actor: "person/demo", reason: "The demo acts by itself" } as const;
  database.safety.setLadder(instance.id, { rung: "auto", upTo: "reversible" }, by);
  const options = {
    name: `demo:${process.pid}`,
    clock: systemClock,
    engine: rules,
    intervalMs: PACE.intervalMs,
    database,
    instance,
    invariants,
    session,
    series,
    deploymentActions,
    onEvent,
  };
  running.add(operate(options, running.signal));
}

async function loadLab(subject: string): Promise<Lab> {
  const load = LABS.get(subject);
  if (!load) throw new Error(`Cannot open the lab of "${subject}": it has none`);
  return await load();
}
