/** The exact script alone: what one call costs Redis under `redis-benchmark`, and what a full key takes of its memory. */

import { Redis } from "ioredis";
import { SCRIPTS } from "../../src/limiter/decide/redis/scripts.ts";
import { type Measured, startRedis } from "./processes.ts";

const CALLS = 300_000;
const FULL = 1000;
const WINDOW_US = 60_000_000;
const AT_MOST_OF_SORTED_SET = 1 / 20;

/** Measures both and answers the tables as Markdown. */
export async function benchScript(): Promise<string> {
  await using server = await startRedis();
  const redis = new Redis({ host: "127.0.0.1", port: server.port });
  try {
    return [await callCosts(server, redis), "", await memoryTable(redis)].join("\n");
  } finally {
    redis.disconnect();
  }
}

async function callCosts(server: Measured, redis: Redis): Promise<string> {
  const { source, sha } = SCRIPTS["sliding-window"];
  await redis.script("LOAD", source);
  const rows: string[] = [];
  const calls: readonly (readonly [string, readonly string[]])[] = [
    ["PING", ["PING"]],
    ["exact script, limit 100", check(sha, 100)],
    ["exact script, limit 10,000", check(sha, 10_000)],
  ];
  for (const [name, command] of calls) {
    const before = server.cpuSeconds();
    const flags = `-p ${server.port} -c 64 -P 16 -n ${CALLS} -r 10000 -q`.split(" ");
    await Bun.spawn(["redis-benchmark", ...flags, ...command], { stdio: ["ignore", "ignore", "inherit"] }).exited;
    rows.push(`| ${name} | ${(((server.cpuSeconds() - before) * 1e6) / CALLS).toFixed(1)} |`);
  }
  return ["| redis-benchmark, 64 connections, 16 in flight | Redis CPU µs per call |\n|---|---|", ...rows].join("\n");
}

function check(sha: string, limit: number): readonly string[] {
  return ["EVALSHA", sha, "1", "ratelimit:{user:__rand_int__}:sliding-window", ...argsOf(limit)];
}

/** Limit, window, cost, and for how many keys that holds. */
function argsOf(limit: number): readonly string[] {
  return [limit, WINDOW_US, 1, 1].map(String);
}

async function memoryTable(redis: Redis): Promise<string> {
  for (let unit = 0; unit < FULL; unit++) {
    await redis.evalsha(SCRIPTS["sliding-window"].sha, 1, "ratelimit:{full}:sliding-window", ...argsOf(FULL));
    await redis.zadd("sorted", Date.now() * 1000 + unit, `${Date.now() * 1000 + unit}:${unit}`);
  }
  const ours = Number(await redis.memory("USAGE", "ratelimit:{full}:sliding-window"));
  const sorted = Number(await redis.memory("USAGE", "sorted", "SAMPLES", "0"));
  const ratio = ours / sorted;
  return [
    `| key full at limit ${FULL} | bytes |\n|---|---|`,
    `| exact script | ${ours} |`,
    `| sorted set | ${sorted} |`,
    `| ratio ${ratio.toFixed(3)}, goal at most ${AT_MOST_OF_SORTED_SET} | ${ratio <= AT_MOST_OF_SORTED_SET ? "met" : "missed"} |`,
  ].join("\n");
}
