/**
 * CPU per check, rate and p99 of limiter nodes against the floor of their stack and the rivals, in interleaved rounds. CPU is
 * user and system time of all threads, of servers and of Redis apart.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Goal, goalsTable, medianOf, type Round } from "./goals.ts";
import { type Measured, startRedis, startServer } from "./processes.ts";
import { drive } from "./wrk.ts";

const ROUNDS = 5;
const SECONDS = 3;
/** Seconds until what is hot is compiled, and until a node that sees 1,000,000 keys drops some all the time. */
const WARM_UP_SECONDS = 4;
const KEYS = 10_000;

type Command = (port: number, redisPort: number) => readonly string[];

/** One thing to be measured: how it is started, and how many keys it is asked for. */
interface Candidate {
  readonly name: string;
  readonly command: Command;
  /** @default {10,000} */
  readonly keys?: number;
  /** Servers beside each other, which share the load. @default {1} */
  readonly servers?: number;
  /** Whether every answer is to be a denial, or none. @default {none} */
  readonly denied?: boolean;
}

const folder = import.meta.dir;
const compiledFolder = mkdtempSync(join(tmpdir(), "operator-bench-"));

const CANDIDATES: readonly Candidate[] = [
  { name: "floor", command: server(process.execPath, "floor.ts") },
  { name: "ours", command: server(process.execPath, "ours.ts") },
  { name: "ours, compiled", command: compiled },
  { name: "ours, limit 10,000", command: server(process.execPath, "ours.ts", "10000") },
  { name: "ours, denied", command: server(process.execPath, "ours.ts", "1"), keys: 64, denied: true },
  { name: "ours, three nodes", command: server(process.execPath, "ours.ts"), servers: 3 },
  { name: "ours, 1,000,000 keys", command: server(process.execPath, "ours.ts"), keys: 1_000_000 },
  { name: "hono + flexible", command: server(process.execPath, "hono.ts") },
  { name: "hono + flexible, auto-pipelined", command: server(process.execPath, "hono.ts", "100", "auto") },
  { name: "Fastify + flexible", command: server("node", "fastify.mjs") },
  { name: "Fastify + flexible, auto-pipelined", command: server("node", "fastify.mjs", "100", "auto") },
  { name: "Express + flexible", command: server("node", "express.mjs") },
];

const FIGURES = ["server", "redis", "cpu", "rate", "p99"] as const;
type Figure = (typeof FIGURES)[number];

const GOALS: readonly Goal[] = [
  ratio("cpu", "ours", "floor", { before: 1.68, atMost: 1.4 }),
  ratio("cpu", "ours, compiled", "floor", { atMost: 1.4 }),
  ratio("cpu", "ours", "Fastify + flexible", { before: 0.42, atMost: 0.4 }),
  ratio("cpu", "ours", "Fastify + flexible, auto-pipelined", { before: 0.68, atMost: 0.6 }),
  ratio("cpu", "ours", "hono + flexible, auto-pipelined", { before: 1.1, atMost: 1 }),
  ratio("cpu", "ours, three nodes", "ours", { before: 1.29, atMost: 1.25 }),
  ratio("p99", "ours, 1,000,000 keys", "ours", { before: 3.3, atMost: 2 }),
  ratio("cpu", "ours", "Express + flexible", { atMost: 0.2 }),
  ratio("cpu", "ours, limit 10,000", "floor", { atMost: 2.1 }),
  ratio("cpu", "ours, denied", "floor", { atMost: 1.1 }),
  ratio("p99", "ours", "floor", { atMost: 2.5 }),
];

/** Measures all candidates and answers the tables as Markdown. */
export async function benchLimiter(): Promise<string> {
  const rounds: Round[] = [];
  try {
    await compile();
    for (let number = 1; number <= ROUNDS; number += 1) rounds.push(await measureAll(number));
  } finally {
    rmSync(compiledFolder, { recursive: true });
  }
  return [figuresTable(rounds), "", goalsTable(GOALS, rounds)].join("\n");
}

function server(program: string, file: string, limit = "100", ...rest: readonly string[]): Command {
  return (port, redisPort) => [program, `${folder}/servers/${file}`, String(port), String(redisPort), limit, ...rest];
}

function compiled(port: number, redisPort: number): readonly string[] {
  const flags = ["--node", "1", "--port", String(port), "--redis", `redis://127.0.0.1:${redisPort}`, "--limit", "100"];
  return [join(compiledFolder, "operator"), "serve-limiter", ...flags];
}

async function compile(): Promise<void> {
  const cwd = join(folder, "../..");
  const build = Bun.spawn([process.execPath, "build.ts", "--outdir", compiledFolder], { cwd, stdout: "ignore" });
  if ((await build.exited) !== 0) throw new Error("Cannot compile, expected a build that succeeds");
}

async function measureAll(number: number): Promise<Round> {
  const round = new Map<string, number>();
  for (const candidate of CANDIDATES) {
    const sample = await measure(candidate);
    for (const figure of FIGURES) round.set(`${candidate.name} ${figure}`, sample[figure]);
    console.error(`round ${number} ${candidate.name}: ${sample.cpu.toFixed(1)} µs, ${Math.round(sample.rate)}/s`);
  }
  return round;
}

/** Each run has servers and a Redis of its own. */
async function measure(candidate: Candidate): Promise<Record<Figure, number>> {
  const { name, command, keys = KEYS, servers: count = 1, denied = false } = candidate;
  await using redis = await startRedis();
  await using stack = new AsyncDisposableStack();
  const servers: Measured[] = [];
  for (let at = 0; at < count; at += 1) {
    servers.push(stack.use(await startServer((port) => command(port, redis.port))));
  }
  const ports = servers.map(({ port }) => port);
  await drive(ports, { keys, seconds: WARM_UP_SECONDS });
  const before = { server: usedBy(servers), redis: usedBy([redis]) };
  const { requests, seconds, p99Ms, refused } = await drive(ports, { keys, seconds: SECONDS });
  if (refused !== (denied ? requests : 0)) throw new Error(`Cannot measure ${name}: ${refused} of ${requests} refused`);
  const used = {
    server: ((usedBy(servers) - before.server) * 1e6) / requests,
    redis: ((usedBy([redis]) - before.redis) * 1e6) / requests,
  };
  return { ...used, cpu: used.server + used.redis, rate: requests / seconds, p99: p99Ms };
}

function usedBy(processes: readonly Measured[]): number {
  return processes.reduce((sum, process) => sum + process.cpuSeconds(), 0);
}

function ratio(figure: Figure, of: string, against: string, rest: Pick<Goal, "before" | "atMost">): Goal {
  const what = `${figure === "p99" ? "p99" : "CPU"}, ${of} / ${against}`;
  return { what, of: `${of} ${figure}`, against: `${against} ${figure}`, ...rest };
}

function figuresTable(rounds: readonly Round[]): string {
  const rows = CANDIDATES.map(({ name }) => {
    const of = (figure: Figure, digits: number): string => medianOf(rounds, `${name} ${figure}`).toFixed(digits);
    return `| ${name} | ${of("server", 1)} | ${of("redis", 1)} | ${of("cpu", 1)} | ${of("rate", 0)} | ${of("p99", 2)} |`;
  });
  const head =
    "| 64 connections, limit 100, 10,000 keys | server µs | Redis µs | CPU µs per check | checks/s | p99 ms |";
  return [`${head}\n|---|---|---|---|---|---|`, ...rows].join("\n");
}
