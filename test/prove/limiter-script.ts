/** Scripts answer as a brute-force model of them allows, on long random walks: the exact one to the unit, the others within their errors. */

import { ALGORITHM_FACTS, ALGORITHMS } from "../../lua/algorithms.ts";
import { freshSeed } from "../../src/io/seed.ts";
import { walkCounters } from "../limiter/counter-walk.ts";
import { connectForTest } from "../limiter/redis-clock.ts";
import { startRedis } from "../redis-server.ts";
import type { Proof } from "./mod.ts";

const STEPS = 300_000;
/** Kinds of counters that walks of the exact algorithm must come by. */
const KINDS = "PRprB".split("");

/** Walks with one rule for each key, and with limits, windows, resets and a clock that change. */
export async function proveLimiterScript(seed = Number(process.env["SEED"] ?? freshSeed())): Promise<Proof> {
  await using server = await startRedis();
  const client = await connectForTest(server.url);
  console.log(`Walking with seed ${seed}; repeat with SEED=${seed}`);
  const rows: string[] = [];
  let held = true;
  for (const algorithm of ALGORITHMS) {
    const isExact = ALGORITHM_FACTS[algorithm].worstRatio === 1 && ALGORITHM_FACTS[algorithm].windows === "any";
    for (const changing of [false, true]) {
      const steps = isExact ? STEPS : STEPS / 5;
      const { deviations, kinds, ...walked } = await walkCounters(client, { algorithm, seed, changing, steps });
      held &&= deviations.length === 0 && (!isExact || KINDS.every((kind) => kinds.has(kind)));
      const rules = changing ? "limits, windows in turn, resets, clock steps" : "one for each key, resets";
      const seen = [...kinds].filter(Boolean).toSorted().join(" ");
      const counts = [walked.steps, walked.keys, walked.allowed, walked.denied, walked.worstRatio.toFixed(3)];
      rows.push(`| ${algorithm} | ${rules} | ${counts.join(" | ")} | ${seen} | ${deviations.length} |`);
      for (const deviation of deviations.slice(0, 3)) console.error(deviation);
    }
  }
  client.disconnect();
  const names = [
    "algorithm",
    "rules",
    "calls",
    "keys",
    "allowed",
    "denied",
    "worst window ÷ limit",
    "kinds",
    "deviations",
  ];
  const head = `| ${names.join(" | ")} |\n|${"---|".repeat(names.length)}`;
  return { held, figures: [`Seed ${seed}`, "", head, ...rows].join("\n") };
}
