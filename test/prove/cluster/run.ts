/** Runs scenarios one after the other on one setting, under traffic, and judges what came of each. */

import { messageOf } from "../../../src/core/text/errors.ts";
import { until } from "../../until.ts";
import { type Nodes, startNodes } from "../limiter-nodes.ts";
import { Heard } from "./heard.ts";
import { type Answer, type Judgement, judge, type Loss } from "./judgement.ts";
import { LateWrites } from "./late-writes.ts";
import { Management } from "./management.ts";
import type { Scenario, Setting, Staging } from "./setting.ts";
import { Traffic } from "./traffic.ts";
import { Witness } from "./witness.ts";

/** How scenarios are run. */
export interface RunOptions {
  /** Whether `operator watch` runs beside. */
  readonly watched: boolean;
  /** Those that are run, by id; all where none is named. */
  readonly only?: readonly string[];
  /** Is told of each as soon as it is judged. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** What came of one scenario. */
export interface Outcome extends Judgement {
  readonly setting: Setting["name"];
  readonly scenario: string;
  readonly checks: number;
  readonly unanswered: number;
  /** Checks that the failure policy decided. */
  readonly byPolicy: number;
  /** How many of them were of keys that Redis served. */
  readonly byPolicyElsewhere: number;
  /** Milliseconds from when Redis served all keys again to the last of these. */
  readonly recoveryMs: number;
  /** Milliseconds from when Redis served all keys again to the last change of settings that a node refused. */
  readonly managementMs: number;
  /** Changes that one node acknowledged, and that do not hold on all. */
  readonly changesLost: number;
  /** Scripts that nodes had a former primary run, when they should have followed the new one. */
  readonly lateWrites: number;
  readonly losses: readonly Loss[];
  readonly health: readonly string[];
  readonly watch: readonly string[];
  /** Promises that were not kept, in words. */
  readonly broken: readonly string[];
}

const NODES = 3;
const LIMIT = 20;
const WINDOW_MS = 4000;
const KEYS = 24;
const CHECKS_PER_SECOND = 240;
/** Milliseconds of traffic before a scenario, and for which Redis must have decided everything after it. */
const BEFORE_MS = 1500;
const QUIET_MS = 2000;
/** Milliseconds after which all checks must be decided by Redis again, and settings can be changed. */
const RECOVERED_WITHIN_MS = 2000;
const GIVEN_UP_AFTER_MS = 30_000;

interface Stage<S extends Setting> {
  readonly setting: S;
  readonly nodes: Nodes;
  readonly witness: Witness;
  readonly heard: Heard;
  readonly late: LateWrites;
}

/** Starts the setting and three nodes on it, and runs its scenarios. */
export async function runScenarios<S extends Setting>(
  { start, scenarios }: Staging<S>,
  { watched, only = [], onOutcome }: RunOptions,
): Promise<readonly Outcome[]> {
  const chosen = scenarios.filter(({ id }) => only.length === 0 || only.includes(id));
  if (chosen.length === 0) return [];
  await using setting = await start();
  await using nodes = await startNodes({
    redis: setting.url,
    size: NODES,
    list: true,
    limit: LIMIT,
    window: `${WINDOW_MS}ms`,
  });
  await using witness = new Witness(setting);
  await using heard = new Heard(nodes.all, watched ? setting.url : undefined);
  await using late = new LateWrites(setting);
  const outcomes: Outcome[] = [];
  for (const scenario of chosen) {
    const stage = { setting, nodes, witness, heard, late };
    const outcome = await runOne(scenario, stage).catch((error: unknown) => notRun(setting.name, scenario.id, error));
    onOutcome?.(outcome);
    outcomes.push(outcome);
  }
  return outcomes;
}

async function runOne<S extends Setting>(scenario: Scenario<S>, stage: Stage<S>): Promise<Outcome> {
  const { setting, nodes, witness, heard, late } = stage;
  await setting.settled();
  await nodes.ready();
  const keys = Array.from({ length: KEYS }, (_, at) => `${scenario.id} ${at}`);
  await using traffic = new Traffic({ nodes: nodes.all, keys, perSecond: CHECKS_PER_SECOND });
  await using management = new Management(nodes.all, `blocked: ${scenario.id}`);
  await Bun.sleep(BEFORE_MS);
  witness.begin();
  heard.begin();
  late.begin();
  const restarting = nodes.all.at(-1)?.restart();
  const mayDegrade = await scenario.run(setting, keys.map(nameOf));
  await restarting;
  const servedMs = performance.now();
  const recoveryMs = await quietAfter(traffic.answers, servedMs);
  await scenario.repair?.(setting, keys.map(nameOf));
  const repairedMs = await quietAfter(traffic.answers, performance.now());
  await nodes.ready();
  const managementMs = Math.max(0, Math.round(management.lastRefusedMs - servedMs));
  const changesLost = await management.lost();
  const { health, watch } = heard;
  const losses = await witness.losses();
  await traffic[Symbol.asyncDispose]();
  const { answers, unanswered } = traffic;
  const rule = { limit: LIMIT, windowMs: WINDOW_MS, losses, shardOf: (key: string) => setting.shardOf(nameOf(key)) };
  const byPolicy = answers.filter((answer) => !answer.byRedis);
  const found = {
    ...judge(answers, rule),
    checks: answers.length,
    unanswered,
    byPolicy: byPolicy.length,
    byPolicyElsewhere: byPolicy.filter(({ key }) => !mayDegrade(nameOf(key))).length,
    recoveryMs: Math.max(recoveryMs, repairedMs),
    managementMs,
    changesLost,
    lateWrites: late.count,
    losses,
  };
  return {
    setting: setting.name,
    scenario: scenario.id,
    ...found,
    health,
    watch,
    broken: brokenBy(found, { mayLose: scenario.mayLose, lostWithinMs: setting.lostWithinMs }),
  };
}

/** One that did not come off says nothing but that; the others are run all the same. */
function notRun(setting: Setting["name"], scenario: string, error: unknown): Outcome {
  const none = {
    checks: 0,
    unanswered: 0,
    byPolicy: 0,
    byPolicyElsewhere: 0,
    recoveryMs: 0,
    managementMs: 0,
    changesLost: 0,
  };
  const judged = { mostByRedis: 0, most: 0, over: 0, unexplained: 0, lateWrites: 0, losses: [], health: [], watch: [] };
  return { setting, scenario, ...none, ...judged, broken: [messageOf(error)] };
}

/** Waits until Redis has decided everything for a while; answers the milliseconds from then to the last check that it did not. */
async function quietAfter(answers: readonly Answer[], fromMs: number): Promise<number> {
  const lastMs = (): number => Math.max(fromMs, lastByPolicyMs(answers));
  await until(() => performance.now() - lastMs() > QUIET_MS, GIVEN_UP_AFTER_MS);
  return Math.round(lastMs() - fromMs);
}

type Found = Omit<Outcome, "setting" | "scenario" | "health" | "watch" | "broken">;

interface LossesAllowed {
  readonly mayLose: boolean;
  readonly lostWithinMs: number | undefined;
}

function brokenBy(
  found: Found,
  { mayLose, lostWithinMs = Number.POSITIVE_INFINITY }: LossesAllowed,
): readonly string[] {
  const { unexplained, most, over, losses, byPolicyElsewhere, recoveryMs, managementMs, changesLost, lateWrites } =
    found;
  const longestMs = Math.max(0, ...losses.map(({ fromMs, toMs }) => toMs - fromMs));
  return [
    ...(unexplained > 0 ? [`${unexplained} units above the limit that no lost write accounts for`] : []),
    ...(most > 2 * LIMIT + over ? [`${most} units in one window, expected at most ${2 * LIMIT}`] : []),
    ...(!mayLose && losses.length > 0 ? ["acknowledged writes were lost"] : []),
    ...(longestMs > lostWithinMs ? [`writes were lost over ${Math.round(longestMs)} ms`] : []),
    ...(byPolicyElsewhere > 0 ? [`${byPolicyElsewhere} checks that Redis served were decided by the policy`] : []),
    ...(recoveryMs > RECOVERED_WITHIN_MS ? [`checks were decided by the policy ${recoveryMs} ms after that`] : []),
    ...(managementMs > RECOVERED_WITHIN_MS ? [`changes of settings were refused ${managementMs} ms after that`] : []),
    ...(lateWrites > 0 ? [`${lateWrites} scripts ran on a former primary`] : []),
    ...(changesLost > 0 ? [`${changesLost} acknowledged changes of settings do not hold on all nodes`] : []),
  ];
}

function lastByPolicyMs(answers: readonly Answer[]): number {
  return answers.findLast(({ byRedis }) => !byRedis)?.receivedMs ?? Number.NEGATIVE_INFINITY;
}

/** A name in the slot of the counters of a key. */
function nameOf(key: string): string {
  return `{${key}}`;
}
