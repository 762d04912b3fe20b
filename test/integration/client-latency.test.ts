/** The p99 that is made of the figures of a node that stalls, beside what real clients measure. */

import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type ClientLatency, measureClientLatency, type Stalls } from "../limiter/latency/stalling-node.ts";

setDefaultTimeout(60_000);

const STALLS: readonly Stalls[] = [
  { by: "signal", stallMs: 250, everyMs: 500 },
  { by: "block", stallMs: 300, everyMs: 1000 },
];

let measured: readonly ClientLatency[];
beforeAll(async () => {
  measured = await Promise.all(STALLS.map((stalls) => measureClientLatency(stalls, 2500)));
});

// A busy machine makes stalls and waits longer, and those of clients the more. That both agree within 30 % or 20 ms where nothing
// else runs is shown by `bun run prove limiter-latency`.
test.each(STALLS.map((stalls, index) => [stalls, index] as const))(
  "the p99 that is made of a node's figures under %j is what stalls make clients wait, and not far above what they measure",
  ({ stallMs, everyMs }, index) => {
    const { estimatedMs = 0, measuredMs = 1, stalledRatio = 0 } = measured[index] ?? {};

    expect(estimatedMs).toBeGreaterThan(0.8 * (stallMs - 0.01 * everyMs));
    expect(estimatedMs / measuredMs).toBeLessThan(1.6);
    expect(stalledRatio).toBeGreaterThan(0.05);
  },
);
