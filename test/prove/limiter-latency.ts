/** The p99 that is estimated from a node's own figures is what its clients measure, within 30 % or 20 ms, however the node stalls. */

import { type ClientLatency, measureClientLatency, type Stalls } from "../limiter/latency/stalling-node.ts";
import type { Proof } from "./mod.ts";

const STALLS: readonly Stalls[] = [
  { by: "signal", stallMs: 120, everyMs: 200 },
  { by: "signal", stallMs: 250, everyMs: 500 },
  { by: "signal", stallMs: 70, everyMs: 1000 },
  { by: "signal", stallMs: 500, everyMs: 5000 },
  { by: "block", stallMs: 30, everyMs: 200 },
  { by: "block", stallMs: 100, everyMs: 400 },
  { by: "block", stallMs: 300, everyMs: 2000 },
];

/** Milliseconds that the clients themselves may stall at p99: what they measure beyond that is their own. */
const MOST_OWN_WAIT_MS = 10;
const MOST_TRIES = 12;

/** Asks a node of each kind for that long, and again where another program kept the clients from measuring. */
export async function proveLatency(forMs = 10_000): Promise<Proof> {
  const rows: string[] = [];
  let held = true;
  for (const stalls of STALLS) {
    const found = await measure(stalls, forMs);
    if (!found) {
      held = false;
      rows.push(
        `| ${stalls.by} | ${stalls.stallMs} | ${stalls.everyMs} | not measured: the clients' own process stalls | | | |`,
      );
      continue;
    }
    const { measuredMs, estimatedMs, handlerMs } = found;
    const offMs = Math.abs(estimatedMs - measuredMs);
    held &&= offMs <= Math.max(20, 0.3 * measuredMs);
    const { by, stallMs, everyMs } = stalls;
    const figures = [measuredMs, estimatedMs, handlerMs].map((ms) => ms.toFixed(1));
    rows.push(
      `| ${by} | ${stallMs} | ${everyMs} | ${figures.join(" | ")} | ${(estimatedMs / measuredMs).toFixed(2)} |`,
    );
    console.log(rows.at(-1));
  }
  const heads = ["stalled by", "for ms", "of every ms", "p99 ms of clients", "estimated", "handlers alone", "ratio"];
  const table = [`| ${heads.join(" | ")} |`, `|${heads.map(() => "---").join("|")}|`, ...rows].join("\n");
  return { held, figures: table };
}

/** By what the clients themselves suffered, not by what came out, it is decided whether a measurement counts. */
async function measure(stalls: Stalls, forMs: number): Promise<ClientLatency | undefined> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const found = await measureClientLatency(stalls, forMs);
    if (found.ownWaitMs <= MOST_OWN_WAIT_MS) return found;
    console.log(`p99 of the clients' own stalls: ${found.ownWaitMs} ms, too long to measure others; once more`);
  }
  return undefined;
}
