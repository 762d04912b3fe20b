/** Slots of a cluster that move, stop half-way, or are served by nobody. */

import { slotOf } from "../../../src/io/cluster-slot.ts";
import type { RedisServer } from "../../redis-server.ts";
import type { ClusterSetting, Shard } from "./cluster-setting.ts";

/** A slot between two primaries. */
export interface Move {
  readonly slot: number;
  readonly from: RedisServer;
  readonly to: RedisServer;
}

/** Milliseconds between two steps of a move, so that checks meet each of its states. */
const STEP_MS = 100;

/** Slots of names that one shard has. */
export function slotsOf(setting: ClusterSetting, names: readonly string[], shard: number): readonly number[] {
  return [...new Set(names.filter((name) => setting.shardOf(name) === shard).map(slotOf))];
}

/** Begins to move a slot: new keys go to the target from here on. */
export async function openSlot({ slot, from, to }: Move): Promise<void> {
  const [fromId, toId] = await Promise.all([from.cli("cluster", "myid"), to.cli("cluster", "myid")]);
  await to.cli("cluster", "setslot", `${slot}`, "importing", fromId);
  await from.cli("cluster", "setslot", `${slot}`, "migrating", toId);
}

/** Takes some of the keys of an open slot along, or all of them. */
export async function moveKeys({ slot, from, to }: Move, most = 1000): Promise<void> {
  const keys = (await from.cli("cluster", "getkeysinslot", `${slot}`, `${most}`)).split("\n").filter(Boolean);
  if (keys.length > 0) await from.cli("migrate", to.host, `${to.port}`, "", "0", "5000", "keys", ...keys);
}

/** Ends a move, as `redis-cli` does: the target is told first. */
export async function closeSlot({ slot, from, to }: Move, others: readonly RedisServer[]): Promise<void> {
  const toId = await to.cli("cluster", "myid");
  for (const server of [to, from, ...others]) await server.cli("cluster", "setslot", `${slot}`, "node", toId);
}

/** Moves slots one after the other, with their keys. */
export async function moveSlots(
  setting: ClusterSetting,
  slots: readonly number[],
  path: readonly number[],
): Promise<void> {
  const shards = await Promise.all(Array.from({ length: setting.shards }, (_, index) => setting.shard(index)));
  for (const slot of slots) {
    for (const [at, index] of path.slice(1).entries()) {
      const [from, to] = [shards[path[at] ?? 0], shards[index]];
      if (from && to) await moveSlot({ slot, from: from.primary, to: to.primary }, shards);
    }
  }
}

async function moveSlot(move: Move, shards: readonly Shard[]): Promise<void> {
  await openSlot(move);
  await Bun.sleep(STEP_MS);
  await moveKeys(move);
  await Bun.sleep(STEP_MS);
  const others = shards.map(({ primary }) => primary).filter((server) => server !== move.from && server !== move.to);
  await closeSlot(move, others);
  await Bun.sleep(STEP_MS);
}
