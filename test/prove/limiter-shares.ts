/** Nodes that decide alone keep to their shares: in a model on random schedules, and as processes while Redis is away. */

import * as fc from "fast-check";
import { freshSeed } from "../../src/io/seed.ts";
import { play, schedules } from "../limiter/shares/schedule.ts";
import { startRedis } from "../redis-server.ts";
import { until } from "../until.ts";
import { type Node, type Nodes, startNodes } from "./limiter-nodes.ts";
import type { Proof } from "./mod.ts";

const STEPS = 300_000;
const STEPS_PER_SCHEDULE = 60;
const LIMIT = 10;
const CHECKS = 20;
const SIZES = [3, 5, 9];

/** What nodes admitted of one key. */
interface Admitted {
  readonly alone: number;
  /** Answers that are neither those of a node alone within its share nor a denial that still stands. */
  readonly others: number;
}

/** Proves both. */
export async function proveShares(seed = Number(process.env["SEED"] ?? freshSeed())): Promise<Proof> {
  console.log(`Playing schedules with seed ${seed}; repeat with SEED=${seed}`);
  const model = proveModel(seed);
  const live: Proof[] = [];
  for (const size of SIZES) {
    for (const knows of ["list", "register"] as const) live.push(await proveLive(size, knows));
  }
  const head = `| nodes | know each other by | Redis | admitted by all, fresh key | by Redis, then alone | bound | counted on return |\n|---|---|---|---|---|---|---|`;
  return {
    held: model.held && live.every(({ held }) => held),
    figures: [model.figures, "", head, ...live.map(({ figures }) => figures)].join("\n"),
  };
}

function proveModel(seed: number): Proof {
  const sums = { schedules: 0, steps: 0, allowed: 0, alone: 0, full: 0, deviations: 0 };
  const result = fc.check(
    fc.property(schedules(STEPS_PER_SCHEDULE), (schedule) => {
      const { steps, allowed, allowedAlone, full, deviations } = play(schedule);
      sums.schedules += 1;
      sums.steps += steps;
      sums.allowed += allowed;
      sums.alone += allowedAlone;
      sums.full += full;
      sums.deviations += deviations.length;
      return deviations.length === 0;
    }),
    { seed, numRuns: STEPS / STEPS_PER_SCHEDULE },
  );
  if (result.failed) console.error(fc.defaultReportMessage(result));
  const { steps, allowed, alone, full, deviations } = sums;
  const figures = [
    `Seed ${seed}`,
    "",
    "| schedules | steps | units admitted | of these alone | windows at their bound | windows above it |\n|---|---|---|---|---|---|",
    `| ${sums.schedules} | ${steps} | ${allowed} | ${alone} | ${full} | ${deviations} |`,
  ].join("\n");
  return { held: !result.failed && full > 0, figures };
}

/** Two outages: Redis killed on fresh keys, and stopped after one node has taken the whole limit of a key. */
async function proveLive(size: number, knows: "list" | "register"): Promise<Proof> {
  await using redis = await startRedis();
  await using nodes = await startNodes({ redis: redis.url, size, list: knows === "list", limit: LIMIT });
  const [first] = nodes.all;
  if (!first) throw new Error("Cannot prove shares without nodes");
  const before = (await take([first], "used")).length;
  redis.hang();
  await nodes.degraded();
  const used = await takeAlone(nodes, "used");
  redis.resume();
  await nodes.ready();
  await until(async () => (await first.count("used")) === LIMIT);
  await redis.kill();
  await nodes.degraded();
  const fresh = await takeAlone(nodes, "fresh");
  await redis.restart();
  await nodes.ready();
  await until(async () => (await first.count("fresh")) === fresh.alone);
  const held =
    before === LIMIT &&
    fresh.alone === LIMIT &&
    before + used.alone <= 2 * LIMIT &&
    fresh.others + used.others === 0 &&
    (await take([first], "fresh")).length === 0;
  const figures = `| ${size} | ${knows} | killed; stopped | ${fresh.alone} | ${before} + ${used.alone} | ${2 * LIMIT} | ${fresh.alone} |`;
  console.log(figures);
  return { held, figures };
}

async function takeAlone({ all }: Nodes, key: string): Promise<Admitted> {
  const answers = (await Promise.all(all.map((node) => ask(node, key)))).flat();
  const isShare = ({ source, allowed, reason }: Awaited<ReturnType<Node["check"]>>): boolean =>
    allowed ? source === "local" : reason === undefined || reason === "share";
  const alone = answers.filter(({ allowed }) => allowed).length;
  return { alone, others: answers.filter((answer) => !isShare(answer)).length };
}

/** Admitted checks, by nodes that Redis decides for. */
async function take(nodes: readonly Node[], key: string): Promise<unknown[]> {
  const answers = (await Promise.all(nodes.map((node) => ask(node, key)))).flat();
  return answers.filter(({ allowed }) => allowed);
}

function ask(node: Node, key: string) {
  return Promise.all(Array.from({ length: CHECKS }, () => node.check(key)));
}
