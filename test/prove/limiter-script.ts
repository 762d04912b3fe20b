/** The exact sliding window answers as a brute-force model of it allows, on long random walks. */

import { freshSeed } from "../../src/io/seed.ts";
import { walkCounters } from "../limiter/counter-walk.ts";
import { connectForTest } from "../limiter/redis-clock.ts";
import { startRedis } from "../redis-server.ts";
import type { Proof } from "./mod.ts";

const STEPS = 300_000;

/** Walks with one rule for each key, and with rules that change and a clock that steps back. */
export async function proveLimiterScript(seed = Number(process.env["SEED"] ?? freshSeed())): Promise<Proof> {
  await using server = await startRedis();
  const client = await connectForTest(server.url);
  console.log(`Walking with seed ${seed}; repeat with SEED=${seed}`);
  const rows: string[] = [];
  let held = true;
  for (const changing of [false, true]) {
    const { deviations, kinds, ...walked } = await walkCounters(client, { seed, changing, steps: STEPS });
    held &&= deviations.length === 0 && "PRprB".split("").every((kind) => kinds.has(kind));
    const { steps, keys, allowed, denied } = walked;
    const rules = changing ? "changing, and the clock steps back" : "one for each key";
    const seen = [...kinds].filter(Boolean).toSorted().join(" ");
    rows.push(`| ${rules} | ${steps} | ${keys} | ${allowed} | ${denied} | ${seen} | ${deviations.length} |`);
    for (const deviation of deviations.slice(0, 3)) console.error(deviation);
  }
  client.disconnect();
  const head =
    "| rules | calls | keys | allowed | denied | kinds of counters | deviations |\n|---|---|---|---|---|---|---|";
  return { held, figures: [`Seed ${seed}`, "", head, ...rows].join("\n") };
}
