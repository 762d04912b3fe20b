/**
 * The scripts alone, in interleaved rounds: what a check costs Redis under `redis-benchmark`, beside a sorted set in the
 * usual script, and what a full key takes of its memory.
 */

import { Redis } from "ioredis";
import { ALGORITHMS, type Algorithm } from "../../lua/algorithms.ts";
import { defineScript, SCRIPTS, type Script } from "../../src/limiter/decide/redis/scripts.ts";
import { type Goal, goalsTable, medianOf, type Round } from "./goals.ts";
import { type Measured, startRedis } from "./processes.ts";

const ROUNDS = 5;
const CHECKS = 160_000;
const WINDOW_US = 60_000_000;

/** Calls of one kind. Every one of them is allowed. */
interface Candidate {
  readonly name: string;
  readonly script: Script;
  readonly limit?: number;
  readonly windowUs?: number;
  readonly checksPerCall?: number;
  /** Of which so many checks are spread. @default {4,000: a key gets 40} */
  readonly keys?: number;
}

/** The port of the sorted set that is found everywhere, with the clock of Redis: one check in a call. */
const SORTED_SET = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local count = redis.call('ZCARD', KEYS[1])
if count >= limit then
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return { 0, count, oldest[2] }
end
redis.call('ZADD', KEYS[1], now, now .. ':' .. count)
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return { 1, count + 1, 0 }
`);

const EXACT = SCRIPTS["sliding-window"];
/** Windows that entries leave all the time: a key gets dozens of checks in one. */
const LEAVING = { windowUs: 1_000_000, keys: 1000, limit: 1000 };

const CANDIDATES: readonly Candidate[] = [
  { name: "sorted set", script: SORTED_SET },
  { name: "exact", script: EXACT },
  { name: "exact, 16 checks per call", script: EXACT, checksPerCall: 16 },
  { name: "exact, limit 10,000", script: EXACT, limit: 10_000 },
  { name: "sorted set, entries leaving", script: SORTED_SET, ...LEAVING },
  { name: "exact, entries leaving", script: EXACT, ...LEAVING },
  ...ALGORITHMS.filter((name) => name !== "sliding-window").map((name: Algorithm) => ({
    name,
    script: SCRIPTS[name],
  })),
];

/** Limits at which a key is filled. */
const FULL = [100, 1000];

const GOALS: readonly Goal[] = [
  ratio("exact", "sorted set", { before: 1.46, atMost: 1 }),
  ratio("exact, 16 checks per call", "sorted set", { before: 0.98, atMost: 0.74 }),
  ratio("exact, entries leaving", "sorted set, entries leaving", { atMost: 1 }),
  { what: "bytes of a key full at limit 1,000", of: "exact 1000", before: 4184, atMost: 4300 },
  { what: "the same / sorted set", of: "exact 1000", against: "sorted set 1000", atMost: 0.05 },
  { what: "the same at limit 100 / sorted set", of: "exact 100", against: "sorted set 100", atMost: 0.5 },
];

/** Measures both and answers the tables as Markdown. */
export async function benchScript(): Promise<string> {
  await using server = await startRedis();
  const redis = new Redis({ host: "127.0.0.1", port: server.port });
  try {
    const rounds: Round[] = [];
    for (let number = 1; number <= ROUNDS; number += 1) rounds.push(await measureAll(server, redis));
    return [costTable(rounds), "", memoryTable(rounds), "", goalsTable(GOALS, rounds)].join("\n");
  } finally {
    redis.disconnect();
  }
}

async function measureAll(server: Measured, redis: Redis): Promise<Round> {
  const round = new Map<string, number>();
  for (const candidate of CANDIDATES) {
    await redis.flushall();
    const cpuUs = await cpuOf(candidate, server, redis);
    round.set(candidate.name, cpuUs);
    console.error(`${candidate.name}: ${cpuUs.toFixed(1)} µs`);
  }
  for (const limit of FULL) {
    for (const [name, script] of [
      ["exact", EXACT],
      ["sorted set", SORTED_SET],
    ] as const) {
      round.set(`${name} ${limit}`, await bytesOf(script, limit, redis));
    }
  }
  return round;
}

/** Microseconds of Redis for one check. */
async function cpuOf(candidate: Candidate, server: Measured, redis: Redis): Promise<number> {
  const { script, limit = 100, windowUs = WINDOW_US, checksPerCall = 1, keys = 4000 } = candidate;
  await redis.script("LOAD", script.source);
  const calls = CHECKS / checksPerCall;
  const names = Array.from({ length: checksPerCall }, () => "ratelimit:{user:__rand_int__}:counter");
  const call = ["EVALSHA", script.sha, checksPerCall, ...names, ...argsOf(limit, windowUs, checksPerCall)].map(String);
  const before = server.cpuSeconds();
  const flags = `-p ${server.port} -c 64 -P 16 -n ${calls} -r ${keys} -q`.split(" ");
  await Bun.spawn(["redis-benchmark", ...flags, ...call], { stdio: ["ignore", "ignore", "inherit"] }).exited;
  return ((server.cpuSeconds() - before) * 1e6) / CHECKS;
}

/** Bytes of a key that is full, as it is in use: the most that its string has reserved. */
async function bytesOf({ source, sha }: Script, limit: number, redis: Redis): Promise<number> {
  await redis.script("LOAD", source);
  const key = `full ${sha} ${limit}`;
  await redis.del(key);
  let most = 0;
  for (let unit = 0; unit < limit; unit++) {
    await redis.evalsha(sha, 1, key, ...argsOf(limit, WINDOW_US, 1));
    if (unit >= limit - 10) most = Math.max(most, Number(await redis.memory("USAGE", key, "SAMPLES", "0")));
  }
  return most;
}

/** Limit, window, cost, and for how many keys that holds. */
function argsOf(limit: number, windowUs: number, checks: number): readonly number[] {
  return [limit, windowUs, 1, checks];
}

function ratio(of: string, against: string, rest: Pick<Goal, "before" | "atMost">): Goal {
  return { what: `Redis CPU per check, ${of} / ${against}`, of, against, ...rest };
}

function costTable(rounds: readonly Round[]): string {
  const rows = CANDIDATES.map(({ name }) => `| ${name} | ${medianOf(rounds, name).toFixed(1)} |`);
  return ["| redis-benchmark, 64 connections, 16 in flight | Redis CPU µs per check |\n|---|---|", ...rows].join("\n");
}

function memoryTable(rounds: readonly Round[]): string {
  const rows = FULL.map((limit) => {
    const bytes = ["exact", "sorted set"].map((name) => medianOf(rounds, `${name} ${limit}`));
    return `| ${limit} | ${bytes.join(" | ")} |`;
  });
  return ["| bytes of a key full at limit | exact | sorted set |\n|---|---|---|", ...rows].join("\n");
}
