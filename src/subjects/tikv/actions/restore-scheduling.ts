/** Lets PD schedule again: everything that keeps it from it is set to PD's default at once, so that none of it hides the rest. */

import * as v from "valibot";
import { type Cause, defineAction } from "../../../core/subject/action.ts";
import { parse } from "../../../core/text/parse.ts";
import type { TikvClient } from "../client/client.ts";
import type { PdChange } from "../client/pd-client.ts";
import { OBSTACLES } from "../config-labels.ts";
import {
  HALT,
  NEEDED_SCHEDULERS,
  OBSTACLE_KINDS,
  obstaclesOf,
  obstacleText,
  USUAL_LIMITS,
  USUAL_STORE_LIMIT,
} from "../obstacles.ts";
import { CLUSTER } from "../topology.ts";
import { shown } from "./fields.ts";

const ITEM = new RegExp(`^(?:${OBSTACLE_KINDS.join("|")}):[a-z0-9-]+$`);

/** A list as one word, as it is typed on a command line. */
const Obstacles = v.pipe(
  v.string(),
  v.check(
    (text) => text.split(",").every((item) => ITEM.test(item) && usual(item) !== undefined),
    `Expected a list such as "limit:leader-schedule-limit,paused:balance-leader-scheduler,store-limit:4,halted:${HALT}"`,
  ),
  v.description("What to restore, as the label scheduling_obstacles of the cluster lists it, separated by commas."),
);

const Limit = v.object({ "add-peer": v.number(), "remove-peer": v.number() });

const Former = v.object({ limits: v.record(v.string(), v.number()), stores: v.record(v.string(), Limit) });

/** Restores several settings of PD's scheduling at once. */
export const restoreScheduling = defineAction({
  id: "restore-scheduling",
  description:
    "Set everything that keeps PD from scheduling back to its default: limits, store limits, schedulers that are missing or paused, a halt.",
  risk: "reversible",
  input: v.object({ obstacles: Obstacles }),
  fixes: obstaclesIn,
  preview: ({ obstacles }) => ({
    sends: changesFor(obstacles).map(shown).join("; "),
    expectedEffect: `PD schedules again: ${obstacles.split(",").map(effectOf).join(", ")}`,
    entities: [CLUSTER],
    stops: [],
  }),
  async run({ pd }: TikvClient, { obstacles }, signal) {
    const changes = changesFor(obstacles);
    for (const change of changes) await pd.change(change, signal);
    return `Restored ${changes.length === 1 ? "1 setting" : `${changes.length} settings`} of PD's scheduling`;
  },
  async postCondition(client, { obstacles }, signal) {
    const left = await obstaclesNow(client, signal);
    return obstacles.split(",").every((item) => !left.includes(item));
  },
  async capture({ pd }, _input, signal) {
    const schedule = await pd.scheduleConfig(signal);
    const limits = Object.keys(USUAL_LIMITS).flatMap((name) => {
      const value = schedule[name];
      return typeof value === "number" ? [[name, value] as const] : [];
    });
    return { limits: Object.fromEntries(limits), stores: schedule["store-limit"] ?? {} };
  },
  async undo({ pd }, { obstacles }, { captured, signal }) {
    const former = parse(Former, captured, "the former settings of PD's scheduling");
    const changes = obstacles.split(",").flatMap((item) => undoing(item, former));
    for (const change of changes) await pd.change(change, signal);
    // For how long a scheduler was paused is not known.
    return "Set PD's scheduling back to what it was; schedulers that were paused go on";
  },
});

/** One obstacle has an action of its own where PD runs without a scheduler, or with one limit of 0. */
function obstaclesIn({ mechanism, component: { id, labels } }: Cause): { obstacles: string } | undefined {
  const obstacles = labels?.[OBSTACLES];
  if (mechanism !== "configuration-change" || id !== CLUSTER || obstacles === undefined) return undefined;
  return isSeveral(obstacles) || !/^(?:missing|limit):/.test(obstacles) ? { obstacles } : undefined;
}

/** Whether more than one setting keeps PD from scheduling, so that restoring one of them changes little. */
export function isSeveral(obstacles: string | undefined): boolean {
  return obstacles?.includes(",") ?? false;
}

async function obstaclesNow({ pd }: TikvClient, signal: AbortSignal): Promise<readonly string[]> {
  const [schedulers, paused, schedule] = await Promise.all([
    pd.schedulers(signal),
    pd.pausedSchedulers(signal),
    pd.scheduleConfig(signal),
  ]);
  return obstaclesOf({ schedulers, paused, schedule }, USUAL_STORE_LIMIT).map(obstacleText);
}

function changesFor(obstacles: string): readonly PdChange[] {
  return obstacles.split(",").flatMap((item) => usual(item) ?? []);
}

/** What sets it to PD's default; `undefined` for a name that PD does not have. */
function usual(item: string): PdChange | undefined {
  const { kind, name } = partsOf(item);
  switch (kind) {
    case "halted":
      return name === HALT ? setting(HALT, "false") : undefined;
    case "missing":
      return isNeeded(name) ? { method: "POST", path: "/schedulers", body: { name } } : undefined;
    case "paused":
      return isNeeded(name) ? { method: "POST", path: `/schedulers/${name}`, body: { delay: 0 } } : undefined;
    case "limit":
      return isLimit(name) ? setting(name, USUAL_LIMITS[name]) : undefined;
    case "store-limit":
      return /^\d+$/.test(name)
        ? { method: "POST", path: `/store/${name}/limit`, body: { rate: USUAL_STORE_LIMIT } }
        : undefined;
    default:
      return undefined;
  }
}

function effectOf(item: string): string {
  const { kind, name } = partsOf(item);
  if (kind === "halted") return "it is not halted";
  if (kind === "store-limit") return `store/${name} may take and give ${USUAL_STORE_LIMIT} replicas per minute`;
  return isLimit(name) ? `${name} is ${USUAL_LIMITS[name]}` : `${name} runs`;
}

function undoing(item: string, { limits, stores }: v.InferOutput<typeof Former>): readonly PdChange[] {
  const { kind, name } = partsOf(item);
  switch (kind) {
    case "halted":
      return [setting(HALT, "true")];
    case "missing":
      return [{ method: "DELETE", path: `/schedulers/${name}` }];
    case "limit":
      return limits[name] === undefined ? [] : [setting(name, limits[name])];
    case "store-limit":
      return Object.entries(stores[name] ?? {}).map(([type, rate]) => ({
        method: "POST",
        path: `/store/${name}/limit`,
        body: { rate, type },
      }));
    default:
      return [];
  }
}

function partsOf(item: string): { readonly kind: string; readonly name: string } {
  const [kind = "", name = ""] = item.split(":");
  return { kind, name };
}

function isNeeded(name: string): boolean {
  return NEEDED_SCHEDULERS.some((needed) => needed === name);
}

function isLimit(name: string): name is keyof typeof USUAL_LIMITS {
  return Object.hasOwn(USUAL_LIMITS, name);
}

function setting(name: string, value: string | number): PdChange {
  return { method: "POST", path: "/config", body: { [`schedule.${name}`]: value } };
}
