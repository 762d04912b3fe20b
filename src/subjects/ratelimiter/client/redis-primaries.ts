/** The primaries of one Redis: their addresses, shares of the keys, reachability and clocks. */

import { Cluster, type Redis } from "ioredis";
import type { Failure } from "../../../core/subject/probe.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { slotOf } from "../../../io/cluster-slot.ts";
import { primaryAddress, type RedisClient } from "../../../io/redis.ts";
import { REDIS } from "../topology.ts";
import { clockMsIn } from "./redis-info.ts";

/** One primary at one moment. */
export interface RedisPrimary {
  /** On a Cluster one per primary, such as `redis/10.0.0.5:6379`; otherwise the Redis itself. */
  readonly component: ComponentId;
  /** `host:port`. */
  readonly address: string;
  /** Share of all keys on this primary. */
  readonly keysRatio: number;
  /** Whether it holds the register of nodes, which dates node clocks by its own clock. */
  readonly hasRegister: boolean;
  /** Slots for which it knows a primary; absent without a Cluster, or if not reported. */
  readonly slotsAssigned?: number;
  /** Milliseconds by which its clock is ahead of the observer's; absent if it does not give the time. */
  readonly clockOffsetMs?: number;
  /** The last observed step of its clock: when, in epoch milliseconds, and by how much. */
  readonly step?: { readonly atMs: number; readonly byMs: number };
  /** Why it does not answer; absent if it does. */
  readonly failure?: Failure;
}

/** The answer of one primary. */
export interface PrimaryAnswer {
  readonly primary: RedisPrimary;
  /** The text of `INFO`, or why there is none. */
  readonly info: { readonly text: string } | { readonly failed: unknown };
}

/** Smallest difference between two clock readings that is not a reading error. */
const STEP_MS = 500;
/** Slots of every Cluster. */
export const SLOTS = 16_384;
const REGISTER = slotOf("{registry}");

/**
 * Primaries in the order of their addresses.
 * @throws {Error} If no primary of a Cluster is known.
 */
export function mastersOf(client: RedisClient): readonly Redis[] {
  if (!(client instanceof Cluster)) return [client];
  const masters = client.nodes("master");
  if (masters.length === 0) throw new Error("No primary is known");
  return masters.toSorted((a, b) => addressOf(a).localeCompare(addressOf(b)));
}

/** The primary of a Cluster that holds a name; `undefined` if none is known, or without a Cluster. */
export function keeperOf(client: RedisClient, name: string): ComponentId | undefined {
  const place = client instanceof Cluster ? client.slots[slotOf(name)]?.[0] : undefined;
  return place === undefined ? undefined : `redis/${place}`;
}

/** Reads one primary. */
export async function askPrimary(client: RedisClient, master: Redis): Promise<PrimaryAnswer> {
  const sentMs = nowMs();
  const cluster = client instanceof Cluster ? master.cluster("INFO").catch(() => "") : "";
  const answer = await master.info("all").then(
    (text) => ({ text }),
    (failed: unknown) => ({ failed }),
  );
  const clockMs = "text" in answer ? clockMsIn(answer.text) : undefined;
  const offsetMs = clockMs === undefined ? undefined : clockOffset(clockMs, { sentMs, receivedMs: nowMs() });
  const clockOffsetMs = offsetMs === undefined ? {} : { clockOffsetMs: offsetMs };
  if (!(client instanceof Cluster)) {
    const address = primaryAddress(client) ?? addressOf(master);
    const primary = { component: REDIS, address, keysRatio: 1, hasRegister: true, ...clockOffsetMs };
    return { primary, info: answer };
  }
  const address = addressOf(master);
  const slots = client.slots.filter((servers) => servers?.[0] === address).length;
  const hasRegister = client.slots[REGISTER]?.[0] === address;
  const assigned = /^cluster_slots_assigned:(\d+)/m.exec(await cluster)?.[1];
  const primary = { component: `redis/${address}` as const, address, keysRatio: slots / SLOTS, hasRegister };
  return {
    primary: { ...primary, ...clockOffsetMs, ...(assigned !== undefined && { slotsAssigned: Number(assigned) }) },
    info: answer,
  };
}

/**
 * How far a clock was ahead of the observer's when it was read. A reading is wrong by up to half of its duration, so a
 * slow one is discarded: two of them would look like a step.
 */
export function clockOffset(
  clockMs: number,
  { sentMs, receivedMs }: { readonly sentMs: number; readonly receivedMs: number },
): number | undefined {
  if (receivedMs - sentMs >= STEP_MS) return undefined;
  return Math.round(clockMs - (sentMs + receivedMs) / 2) + 0;
}

/** The primaries with the last step of each clock, compared with earlier readings. */
export function withSteps(
  primaries: readonly RedisPrimary[],
  before: readonly RedisPrimary[] | undefined,
  atMs: number,
): readonly RedisPrimary[] {
  return primaries.map((primary) => {
    const was = before?.find(
      ({ component, address }) => component === primary.component && address === primary.address,
    );
    const byMs = (primary.clockOffsetMs ?? Number.NaN) - (was?.clockOffsetMs ?? Number.NaN);
    const step = Math.abs(byMs) >= STEP_MS ? { atMs, byMs } : was?.step;
    const clockOffsetMs = primary.clockOffsetMs ?? was?.clockOffsetMs;
    return { ...primary, ...(clockOffsetMs !== undefined && { clockOffsetMs }), ...(step && { step }) };
  });
}

/** A clock that does not step when the observer's clock does. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

function addressOf({ options: { host = "", port = 0 } }: Redis): string {
  return `${host}:${port}`;
}
