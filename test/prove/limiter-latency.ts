/** The p99 that is estimated from a node's own figures is what its clients measure, within 30 % or 20 ms, however the node stalls. */

import { measureClientLatency, type Stalls } from "../limiter/latency/stalling-node.ts";
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

/** Asks a node of each kind for that long. */
export async function proveLatency(forMs = 20_000): Promise<Proof> {
  const rows: string[] = [];
  let held = true;
  for (const stalls of STALLS) {
    const { measuredMs, estimatedMs, handlerMs } = await measureClientLatency(stalls, forMs);
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
