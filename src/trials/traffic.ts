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
}

/** Traffic under way; disposing ends it. */
export interface Traffic extends AsyncDisposable {
  /** Ends it and answers what it came to. */
  stop(): Promise<LoadReport>;
}

/** A day: traffic ends with the trial, not by itself. */
const FOR_MS = 86_400_000;

/** Begins to send what the lab calls ordinary. */
export function startTraffic({ lab, deployment, clock, seed, check, onTick }: TrafficOptions): Traffic {
  const stopping = new AbortController();
  const { ordinary } = lab;
  const report = runLoad(
    {
      ...ordinary,
      pattern: "steady",
      forMs: FOR_MS,
      factor: 1,
      everyMs: FOR_MS,
      burstMs: 0,
      windowMs: 1000,
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
