/** Ordinary traffic beside a trial: faults of state and of counting are only seen where something is counted. */

import * as v from "valibot";
import type { LoadReport, LoadTick } from "../core/subject/load-report.ts";
import type { Clock } from "../core/system/clock.ts";
import type { Deployment } from "../deployments/deployment.ts";
import type { Lab } from "../deployments/lab.ts";
import { runLoad } from "../load/run.ts";
import { readTarget } from "../load/target.ts";

/** What ordinary traffic needs. */
export interface TrafficOptions {
  readonly lab: Lab;
  readonly deployment: Deployment;
  readonly clock: Clock;
  readonly seed: number;
  /** Whether every answer is held against what the subject promises. */
  readonly check: boolean;
  readonly onTick?: (tick: LoadTick) => void;
  /** Multiple of what the lab calls ordinary. @default {1} */
  readonly strength?: number;
  /** Whether it comes in bursts now and then. @default {false} */
  readonly bursts?: boolean;
}

/** Three times as much for three seconds of twenty. */
const BURSTS = { pattern: "burst", factor: 3, everyMs: 20_000, burstMs: 3000 } as const;

/** Traffic under way; disposing ends it. */
export interface Traffic extends AsyncDisposable {
  /** Ends it and answers what it came to. */
  stop(): Promise<LoadReport>;
}

/** A day: traffic ends with the trial, not by itself. */
const FOR_MS = 86_400_000;

/** Begins to send what the lab calls ordinary. */
export function startTraffic(options: TrafficOptions): Traffic {
  const { lab, deployment, clock, seed, check, onTick, strength = 1, bursts = false } = options;
  const stopping = new AbortController();
  const ordinary = { ...lab.ordinary, ratePerSecond: lab.ordinary.ratePerSecond * strength };
  const report = runLoad(
    {
      ...ordinary,
      pattern: "steady",
      forMs: FOR_MS,
      factor: 1,
      everyMs: FOR_MS,
      burstMs: 0,
      windowMs: 1000,
      ...(bursts && BURSTS),
      closed: false,
      connections: 30,
      timeoutMs: 1000,
      seed,
      workload: v.parse(lab.load, {})({ check }),
      targets: lab.targets(deployment).map(({ address }) => readTarget(address)),
    },
    { clock, signal: stopping.signal, ...(onTick && { onTick }) },
  );
  function stop(): Promise<LoadReport> {
    stopping.abort();
    return report;
  }
  return {
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}
