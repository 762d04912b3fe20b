/** Nodes that are stopped and go on, or that a busy machine starves, decide by Redis as long as Redis is there. */

import { type Random, seededRandom } from "../../src/core/system/random.ts";
import { freshSeed } from "../../src/io/seed.ts";
import { REDIS_FAILURE_POLICIES, type RedisFailurePolicy } from "../../src/limiter/decide/decision.ts";
import { startRedis } from "../redis-server.ts";
import { type Node, startNodes } from "./limiter-nodes.ts";
import type { Proof } from "./mod.ts";

/** How nodes are stopped. */
export interface StopsOptions {
  readonly policy: RedisFailurePolicy;
  readonly rounds: number;
  /** Milliseconds of the longest stop. */
  readonly longestMs: number;
  readonly seed: number;
}

/** What came of all rounds. */
export interface StopsFound {
  readonly stops: number;
  readonly checks: number;
  /** Checks that the failure policy decided. */
  readonly byPolicy: number;
  /** Rounds in which more was admitted than the limit, or less though more was asked for. */
  readonly inexact: number;
}

const NODES = 3;
const LIMIT = 50;
/** Checks of one round at each node, and how many of them wait at a time. */
const CHECKS = 40;
const AT_ONCE = 8;

const ROUNDS = 60;
const LONGEST_MS = 3000;
const BUSY_ROUNDS = 50;
const CALLERS = 200;
/** Processes that want all of a processor, for each that there is. */
const HOGS_PER_PROCESSOR = 2;
const HOG = "const untilMs = Date.now() + 120_000; while (Date.now() < untilMs);";

/** Proves it under every policy, and on a busy machine under the default one. */
export async function proveStops(seed = Number(process.env["SEED"] ?? freshSeed())): Promise<Proof> {
  console.log(`Stopping nodes with seed ${seed}; repeat with SEED=${seed}`);
  const rows: string[] = [];
  let held = true;
  for (const policy of REDIS_FAILURE_POLICIES) {
    const options = { policy, rounds: ROUNDS, longestMs: LONGEST_MS, seed };
    const { stops, checks, byPolicy, inexact } = await stopNodes(options);
    held &&= byPolicy === 0 && inexact === 0 && stops > ROUNDS;
    rows.push(
      `| random stops of 5 ms to 3 s | ${policy} | ${ROUNDS} | ${stops} | ${checks} | ${byPolicy} | ${inexact} |`,
    );
  }
  const { checks, byPolicy, inexact } = await askOnBusyMachine();
  held &&= byPolicy === 0 && inexact === 0;
  rows.push(`| ${CALLERS} callers, busy machine | local | ${BUSY_ROUNDS} | 0 | ${checks} | ${byPolicy} | ${inexact} |`);
  const head =
    "| three nodes under | policy | rounds | stops | checks | decided by policy | rounds without exactly the limit |\n|---|---|---|---|---|---|---|";
  return { held, figures: [`Seed ${seed}`, "", head, ...rows].join("\n") };
}

/** Stops nodes at random while they are asked. */
export async function stopNodes({ policy, rounds, longestMs, seed }: StopsOptions): Promise<StopsFound> {
  await using redis = await startRedis();
  await using nodes = await startNodes({ redis: redis.url, size: NODES, list: true, limit: LIMIT, policy });
  const random = seededRandom(seed);
  const sums = { stops: 0, checks: 0, byPolicy: 0, inexact: 0 };
  for (let round = 0; round < rounds; round++) {
    const asking = new AbortController();
    const stopping = nodes.all.map((node) => stopNow(node, { random, longestMs, signal: asking.signal }));
    const answers = (await Promise.all(nodes.all.map((node) => askMany(node, `${policy} ${round}`)))).flat();
    asking.abort();
    sums.stops += (await Promise.all(stopping)).reduce((sum, stops) => sum + stops, 0);
    addRound(sums, answers);
  }
  return sums;
}

async function askOnBusyMachine(): Promise<StopsFound> {
  await using redis = await startRedis();
  await using nodes = await startNodes({ redis: redis.url, size: NODES, list: true, limit: LIMIT });
  const hogs = Array.from({ length: HOGS_PER_PROCESSOR * navigator.hardwareConcurrency }, () =>
    Bun.spawn([process.execPath, "-e", HOG], { stdio: ["ignore", "ignore", "ignore"] }),
  );
  const sums = { stops: 0, checks: 0, byPolicy: 0, inexact: 0 };
  for (let round = 0; round < BUSY_ROUNDS; round++) {
    const callers = Array.from({ length: CALLERS }, (_, caller) => nodes.all[caller % NODES]?.check(`busy ${round}`));
    addRound(
      sums,
      (await Promise.all(callers)).flatMap((answer) => answer ?? []),
    );
  }
  for (const hog of hogs) hog.kill("SIGKILL");
  await Promise.all(hogs.map((hog) => hog.exited));
  return sums;
}

type Answer = Awaited<ReturnType<Node["check"]>>;

function addRound(sums: { -readonly [Name in keyof StopsFound]: number }, answers: readonly Answer[]): void {
  sums.checks += answers.length;
  sums.byPolicy += answers.filter(({ source }) => source !== "redis").length;
  if (answers.filter(({ allowed }) => allowed).length !== LIMIT) sums.inexact += 1;
}

async function askMany(node: Node, key: string): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  let asked = 0;
  const ask = async (): Promise<void> => {
    while (asked < CHECKS) {
      asked += 1;
      answers.push(await node.check(key));
      await Bun.sleep(5);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return answers;
}

interface Stopping {
  readonly random: Random;
  readonly longestMs: number;
  readonly signal: AbortSignal;
}

/** Stops a node again and again, at least once, and lets it go on; answers how often. */
async function stopNow({ pid }: Node, { random, longestMs, signal }: Stopping): Promise<number> {
  const shortestMs = 5;
  let stops = 0;
  do {
    await Bun.sleep(random() * 15);
    process.kill(pid, "SIGSTOP");
    // As many short ones as long ones.
    await Bun.sleep(shortestMs * (longestMs / shortestMs) ** random());
    process.kill(pid, "SIGCONT");
    stops += 1;
  } while (!signal.aborted);
  return stops;
}
