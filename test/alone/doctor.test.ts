/** A short doctor on the real limiter, with the machine to itself: `bun run prove doctor` tries every fault, and how soon it shows. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { startOperator } from "../prove/operator.ts";
import { isAnyLate, trialsIn } from "./lateness.ts";

setDefaultTimeout(300_000);

/** None of the six is about latency, which a shared machine may spoil; and what was allowed too often is soon forgotten. */
const THRESHOLDS = ["latency-p99.latencyMs=1000", "ghost-allowing.pastMs=5000"];
const FAULTS = ["node-kill", "node-hang", "partition", "clock-skew", "stale-config", "stuck-key"];

test(`operator doctor finds every promise kept by ${FAULTS.join(", ")}`, async () => {
  await using operator = await startOperator({ limit: "40", window: "4s" });

  const signals = await operator.run("doctor", "--json");
  const flags = [
    ...FAULTS.flatMap((fault) => ["--fault", fault]),
    ...THRESHOLDS.flatMap((threshold) => ["--threshold", threshold]),
  ];
  const proof = await operator.run("doctor", "--inject", "--json", ...flags);

  expect(signals.code).toBe(0);
  expect(trialsIn(proof.stdout)).toMatchObject(FAULTS.map((fault) => ({ fault, problems: [] })));
  expect(proof.code).toBe(isAnyLate(proof.stdout) ? 1 : 0);
});
