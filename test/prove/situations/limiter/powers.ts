/** What situations may do to a limiter: to its processes, its Redis, its traffic, and by the operator's own commands. */

import * as v from "valibot";
import { type Random, seededRandom } from "../../../../src/core/system/random.ts";
import { systemClock } from "../../../../src/io/clock.ts";
import type { ScheduleOptions } from "../../../../src/load/arrivals.ts";
import { LimiterLab, REDIS, stopRunning } from "../../../../src/subjects/ratelimiter/lab/client.ts";
import { send } from "../../../../src/subjects/ratelimiter/lab/faults/traffic.ts";
import { startTraffic, type Traffic } from "../../../../src/trials/traffic.ts";
import { drawOne } from "../draw.ts";
import type { OperatorPowers, PowersOptions } from "../lab.ts";
import { type ScarceWatch, startScarceWatch } from "../scarce-watch.ts";

/** What situations of a limiter may do. */
export type LimiterPowers = NodePowers & OperatorPowers;

/** Power over one limiter. */
export interface NodePowers extends AsyncDisposable {
  readonly lab: LimiterLab;
  /** A second watch, on a disk that can be filled. */
  readonly scarceWatch: () => ScarceWatch;
  /** Has a fault of the lab in force until it is healed. */
  readonly inject: (fault: string, seed: number, signal: AbortSignal) => Promise<AsyncDisposable>;
  /** Ordinary traffic, on or off. */
  readonly traffic: (on: boolean) => Promise<void>;
  /** Sends more beside it until it is disposed. */
  readonly moreTraffic: (load: MoreTraffic) => AsyncDisposable;
  /** Starts a node by hand, as a person would at a shell, and waits until it answers. */
  readonly strayNode: (options: StrayNode) => Promise<AsyncDisposable>;
}

/** Traffic beside the ordinary. */
export interface MoreTraffic extends Partial<Pick<ScheduleOptions, "pattern" | "factor" | "everyMs" | "burstMs">> {
  readonly ratePerSecond: number;
  /** @default {100} */
  readonly keys?: number;
  /** @default {30} */
  readonly connections?: number;
}

/** A node that no deployment knows. */
export interface StrayNode {
  readonly number: number;
  readonly port: number;
  readonly limit: number;
}

/** Takes hold of a running limiter, with its ordinary traffic under way. */
export function limiterPowers({ lab: info, open, processes, home, seed }: PowersOptions): NodePowers {
  const { deployment } = open;
  const lab = new LimiterLab(deployment);
  const begin = (): Traffic => startTraffic({ lab: info, deployment, clock: systemClock, seed, check: false });
  let sending: Traffic | undefined = begin();
  async function traffic(on: boolean): Promise<void> {
    if (on) sending ??= begin();
    else await sending?.stop();
    if (!on) sending = undefined;
  }
  return {
    lab,
    traffic,
    scarceWatch: () => startScarceWatch(home),
    async inject(fault, drawn, signal) {
      const bound = open.fault(fault);
      const input = await bound.choose({ random: seededRandom(drawn), forMs: 300_000, signal });
      await bound.inject(input, signal);
      return { [Symbol.asyncDispose]: () => bound.heal(input, signal) };
    },
    moreTraffic: (load) => sendMore(lab, { seed, ...load }),
    async strayNode({ number, port, limit }) {
      const folder = deployment.secretsFolder() ?? "";
      const redis = `redis://${lab.component(REDIS).address}`;
      const flags = `--node ${number} --port ${port} --limit ${limit} --redis ${redis}`.split(" ");
      const secrets = ["--redis-password-file", `${folder}/redis-password`, "--token-file", `${folder}/token`];
      const node = processes.start("serve-limiter", ...flags, ...secrets);
      await answering(port);
      return node;
    },
    async [Symbol.asyncDispose]() {
      await traffic(false);
      await lab[Symbol.asyncDispose]();
    },
  };
}

/** Longer than any situation. */
const FOR_MS = 600_000;

function sendMore(lab: LimiterLab, load: MoreTraffic & { readonly seed: number }): AsyncDisposable {
  const shape = { pattern: "steady", factor: 1, everyMs: FOR_MS, burstMs: 0, windowMs: 1000, forMs: FOR_MS } as const;
  send(lab, MORE, { load: { ...shape, closed: false, connections: 30, timeoutMs: 1000, keys: 100, ...load } });
  return { [Symbol.asyncDispose]: () => stopRunning(lab, MORE) };
}

const MORE = "more";

const ANSWERS_WITHIN_MS = 20_000;

async function answering(port: number): Promise<void> {
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/health`, { signal });
      return;
    } catch {
      await systemClock.sleep(100, signal);
    }
  }
}

/** As `operator up ratelimiter` names them. */
export const NODES = ["node/1", "node/2", "node/3"] as const;

/** One of the nodes by lot. */
export function drawNode(random: Random): (typeof NODES)[number] {
  return drawOne(random, NODES);
}

/** Port of a component of the limiter. */
export function portOf(lab: LimiterLab, component: string): number {
  return v.parse(v.pipe(v.string(), v.transform(Number)), lab.component(component).address.split(":")[1]);
}
