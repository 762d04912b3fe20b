/** Every fault of the limiter trips what it promises, in time, and nothing else. */

import type { Proof } from "./mod.ts";
import { startOperator } from "./operator.ts";

/** Runs `operator doctor --inject` over all faults on a cluster of its own, as `operator up` brings it up by default. */
export async function proveDoctor(): Promise<Proof> {
  await using operator = await startOperator();
  const { code, stdout } = await operator.run("doctor", "--subject", "ratelimiter", "--inject");
  return { held: code === 0, figures: ["```", stdout.trim(), "```"].join("\n") };
}
