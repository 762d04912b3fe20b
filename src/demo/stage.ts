/** The environment of the demo: a cluster, live traffic and the whole operator, all in a temporary folder. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { rules } from "../agent/engines/rules/mod.ts";
import type { LoadTick } from "../core/subject/load-report.ts";
import { type Database, openDatabase } from "../database/mod.ts";
import type { Deployment } from "../deployments/deployment.ts";
import type { Lab } from "../deployments/lab.ts";
import { bringUp } from "../deployments/mod.ts";
import { systemClock } from "../io/clock.ts";
import { makeHome, removeHome } from "../io/files/home.ts";
import type { MonitorEvent } from "../monitor/mod.ts";
import { operate } from "../runtime/operate.ts";
import { loadLab } from "../runtime/subjects/labs.ts";
import { type OpenSubject, openSubject } from "../runtime/subjects/open-subject.ts";
import { targetOf } from "../runtime/subjects/resolve-subject.ts";
import { startTraffic, type Traffic } from "../trials/traffic.ts";

/** Settings of the demo, with shorter times than the defaults. */
export const PACE = {
  nodes: 3,
  limit: "100",
  window: "10s",
  intervalMs: 1000,
  graceMs: 2000,
} as const;

/** The running environment. Disposing takes all of it down. */
export interface Stage extends AsyncDisposable {
  readonly home: string;
  readonly deployment: Deployment;
  readonly lab: Lab;
  readonly database: Database;
  readonly opened: OpenSubject;
  /** Starts the lab's ordinary traffic, and checks every answer against the limit. */
  startTraffic(onTick: (tick: LoadTick) => void, seed: number): Traffic;
  /** Starts watching, investigating and acting. */
  startOperator(onEvent: (event: MonitorEvent) => void): void;
}

/** Brings the cluster up and opens the operator on it. */
export async function openStage(options: {
  readonly signal: AbortSignal;
  readonly onReady: (component: string) => void;
}): Promise<Stage> {
  const { signal, onReady } = options;
  await using stack = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), "operator-demo-"));
  makeHome(home, { throwaway: true });
  stack.defer(() => removeHome(home));
  const { nodes, limit, window } = PACE;
  const lab = await loadLab("ratelimiter");
  const recipe = v.parse(lab.up, { nodes, limit, window });
  const deployment = await bringUp({ home, name: "demo", recipe, throwaway: true }, { signal, onReady });
  stack.defer(() => deployment.down());
  const database = stack.use(openDatabase(join(home, "operator.db")));
  const graceMs = { "node-reachable": PACE.graceMs };
  const target = { ...(await targetOf(deployment)), graceMs };
  const opened = stack.use(await openSubject(target, { database, clock: systemClock }));
  const running = stack.use(new Background());
  const owned = stack.move();
  return {
    home,
    deployment,
    lab,
    database,
    opened,
    startTraffic: (onTick, seed) =>
      owned.use(startTraffic({ lab, deployment, clock: systemClock, seed, check: true, onTick })),
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

interface OperatorOptions {
  readonly database: Database;
  readonly opened: OpenSubject;
  readonly onEvent: (event: MonitorEvent) => void;
  readonly running: Background;
}

function startOperator({ database, opened, onEvent, running }: OperatorOptions): void {
  const by = { atMs: systemClock.now(), actor: "person/demo", reason: "The demo acts by itself" } as const;
  database.safety.setLadder(opened.monitoring.instance.id, { rung: "auto", upTo: "reversible" }, by);
  const options = { name: `demo:${process.pid}`, engine: rules, intervalMs: PACE.intervalMs, onEvent };
  running.add(operate(opened, options, running.signal));
}
