/** CPU per check, rate and p99 of one limiter node against the floor of its stack and the rivals, in one interleaved run. */

import { type Measured, median, startRedis, startServer } from "./processes.ts";
import { drive } from "./wrk.ts";

const ROUNDS = 5;
const SECONDS = 3;
const KEYS = 10_000;

/** One thing to be measured: how it is started, and how many keys it is asked for. */
interface Candidate {
  readonly name: string;
  readonly command: (redisPort: number) => (port: number) => readonly string[];
  readonly keys: number;
  /** Whether every answer is to be a denial, or none. */
  readonly denied?: boolean;
}

interface Sample {
  readonly cpuUs: number;
  readonly rate: number;
  readonly p99Ms: number;
}

interface Goal {
  readonly what: string;
  readonly of: string;
  readonly against: string;
  readonly figure: keyof Sample;
  readonly atMost: number;
}

const folder = import.meta.dir;
const CANDIDATES: readonly Candidate[] = [
  { name: "floor", command: (redis) => (port) => [...ours(port, redis, 100), "floor"], keys: KEYS },
  { name: "ours, limit 100", command: (redis) => (port) => ours(port, redis, 100), keys: KEYS },
  { name: "ours, limit 10,000", command: (redis) => (port) => ours(port, redis, 10_000), keys: KEYS },
  { name: "ours, denied", command: (redis) => (port) => ours(port, redis, 1), keys: 64, denied: true },
  { name: "hono + flexible", command: rival("bun", "hono.ts"), keys: KEYS },
  { name: "Fastify + flexible", command: rival("node", "fastify.mjs"), keys: KEYS },
  { name: "Express + flexible", command: rival("node", "express.mjs"), keys: KEYS },
];

const GOALS: readonly Goal[] = [
  { what: "CPU, limit 100 / floor", of: "ours, limit 100", against: "floor", figure: "cpuUs", atMost: 1.8 },
  {
    what: "CPU, limit 100 / Fastify",
    of: "ours, limit 100",
    against: "Fastify + flexible",
    figure: "cpuUs",
    atMost: 0.5,
  },
  {
    what: "CPU, limit 100 / Express",
    of: "ours, limit 100",
    against: "Express + flexible",
    figure: "cpuUs",
    atMost: 0.2,
  },
  { what: "CPU, limit 10,000 / floor", of: "ours, limit 10,000", against: "floor", figure: "cpuUs", atMost: 2.1 },
  { what: "CPU, denied / floor", of: "ours, denied", against: "floor", figure: "cpuUs", atMost: 1.1 },
  { what: "p99, limit 100 / floor", of: "ours, limit 100", against: "floor", figure: "p99Ms", atMost: 2.5 },
];

/** Measures all candidates and answers the tables as Markdown. */
export async function benchLimiter(): Promise<string> {
  const samples = new Map<string, Sample[]>(CANDIDATES.map(({ name }) => [name, []]));
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const candidate of CANDIDATES) {
      const sample = await measure(candidate);
      samples.get(candidate.name)?.push(sample);
      console.error(`round ${round} ${candidate.name}: ${sample.cpuUs.toFixed(1)} µs, ${Math.round(sample.rate)}/s`);
    }
  }
  const medians = new Map([...samples].map(([name, list]) => [name, medianOf(list)]));
  return [figuresTable(medians), "", goalsTable(medians)].join("\n");
}

function ours(port: number, redisPort: number, limit: number): readonly string[] {
  return [process.execPath, `${folder}/servers/ours.ts`, String(port), String(redisPort), String(limit)];
}

function rival(program: string, file: string): Candidate["command"] {
  return (redis) => (port) => [program, `${folder}/servers/${file}`, String(port), String(redis), "100"];
}

/** Each run has a server and a Redis of its own, warmed up for a second. */
async function measure({ name, command, keys, denied = false }: Candidate): Promise<Sample> {
  await using redis = await startRedis();
  await using server = await startServer(command(redis.port));
  await drive(server.port, { keys, seconds: 1 });
  const before = usedBy(server, redis);
  const { requests, seconds, p99Ms, refused } = await drive(server.port, { keys, seconds: SECONDS });
  if (refused !== (denied ? requests : 0)) throw new Error(`Cannot measure ${name}: ${refused} of ${requests} refused`);
  return { cpuUs: ((usedBy(server, redis) - before) * 1e6) / requests, rate: requests / seconds, p99Ms };
}

function usedBy(...processes: readonly Measured[]): number {
  return processes.reduce((sum, process) => sum + process.cpuSeconds(), 0);
}

function medianOf(samples: readonly Sample[]): Sample {
  return {
    cpuUs: median(samples.map(({ cpuUs }) => cpuUs)),
    rate: median(samples.map(({ rate }) => rate)),
    p99Ms: median(samples.map(({ p99Ms }) => p99Ms)),
  };
}

function figuresTable(medians: ReadonlyMap<string, Sample>): string {
  const rows = [...medians].map(
    ([name, { cpuUs, rate, p99Ms }]) => `| ${name} | ${cpuUs.toFixed(1)} | ${Math.round(rate)} | ${p99Ms.toFixed(2)} |`,
  );
  const head = "| server (64 connections) | CPU µs per check, server + Redis | checks/s | p99 ms |\n|---|---|---|---|";
  return [head, ...rows].join("\n");
}

function goalsTable(medians: ReadonlyMap<string, Sample>): string {
  const rows = GOALS.map(({ what, of, against, figure, atMost }) => {
    const ratio = (medians.get(of)?.[figure] ?? Number.NaN) / (medians.get(against)?.[figure] ?? Number.NaN);
    return `| ${what} | ${ratio.toFixed(2)} | ${atMost} | ${ratio <= atMost ? "met" : "missed"} |`;
  });
  return ["| ratio | measured | goal, at most | |\n|---|---|---|---|", ...rows].join("\n");
}
