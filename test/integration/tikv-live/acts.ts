/**
 * Each action of TiKV on whatever cluster there is: regions, stores and values are chosen from what PD says, what was before is
 * kept, the effect is waited for, and everything is brought back, also where something fails on the way. PD's own balancing and
 * its rule checker are paused meanwhile for two minutes at most: otherwise PD would undo and redo by itself.
 */

import * as v from "valibot";
import type { BoundAction } from "../../../src/core/subject/action.ts";
import { Region } from "../../../src/subjects/tikv/client/pd-replies.ts";
import type { RegisteredStore } from "../../../src/subjects/tikv/client/store-entry.ts";
import { type Ground, isPlaced, placeAgain, regionWhere, stillness, until, upStores } from "./ground.ts";

/** Runs one action and brings back what was; answers why not, where the shape of the cluster does not allow it. */
export type Act = (ground: Ground) => Promise<string | undefined>;

/** The acts by the ids of their actions, in an order in which each finds what it needs. */
export const ACTS: Readonly<Record<string, Act>> = {
  "set-store-weight": async (ground) => {
    const store = await someStore(ground);
    if (!store) return NONE_UP;
    const { id, leaderWeight, regionWeight } = store;
    const input = { storeId: Number(id), leader: unlike(leaderWeight, 1), region: unlike(regionWeight, 1) };
    return await doneAndUndone(ground, "set-store-weight", input);
  },
  "set-store-limit": async (ground) => {
    const store = await someStore(ground);
    if (!store) return NONE_UP;
    const { id } = store;
    const asked = { storeId: Number(id), type: "add-peer", rate: 20 };
    const { rate } = Object((await actionOf(ground, "set-store-limit").capture?.(asked, ground.signal)) ?? {});
    if (typeof rate !== "number") return `PD reports no limit of store/${id}`;
    return await doneAndUndone(ground, "set-store-limit", { ...asked, rate: unlike(rate, 20) });
  },
  "set-schedule-config": async (ground) => {
    const name = "leader-schedule-limit";
    const value = (await ground.client.pd.scheduleConfig(ground.signal))[name];
    if (value === undefined) return `PD reports no ${name}`;
    return await doneAndUndone(ground, "set-schedule-config", { name, value: value === 0 ? 1 : value * 2 });
  },
  "add-scheduler": async (ground) => {
    const { client, signal } = ground;
    const input = { name: "balance-region-scheduler" };
    const wasRunning = (await client.pd.schedulers(signal)).includes(input.name);
    if (!wasRunning) return await doneAndUndone(ground, "add-scheduler", input);
    // It is there already: its undo takes it away, and the action brings it back.
    const { undo, run } = actionOf(ground, "add-scheduler");
    const runs = async () => (await client.pd.schedulers(signal)).includes(input.name);
    await undo?.(input, { captured: undefined, signal });
    await using _restore = restoring(async () => void ((await runs()) || (await run(input, signal))));
    await until(ground, async () => !(await runs()));
    await done(ground, "add-scheduler", input);
    return undefined;
  },
  "restore-scheduling": async (ground) => {
    const name = "hot-region-schedule-limit";
    const value = (await ground.client.pd.scheduleConfig(ground.signal))[name];
    if (value === undefined) return `PD reports no ${name}`;
    const { run } = actionOf(ground, "set-schedule-config");
    await using _restore = restoring(() => run({ name, value }, ground.signal));
    await run({ name, value: 0 }, ground.signal);
    return await doneAndUndone(ground, "restore-scheduling", { obstacles: `limit:${name}` });
  },
  "keep-store": async (ground) => {
    const [store, ...others] = await upStores(ground);
    if (!store) return NONE_UP;
    const { "max-replicas": replicas } = await ground.client.pd.replicateConfig(ground.signal);
    if (others.length < replicas) return `PD removes no store where fewer than ${replicas} others are up`;
    // A store that is to stay stays: its removal is begun by the undo, and ended at once.
    const input = { storeId: Number(store.id) };
    const { undo, run } = actionOf(ground, "keep-store");
    await using _restore = restoring(() => run(input, ground.signal));
    await undo?.(input, { captured: undefined, signal: ground.signal });
    await done(ground, "keep-store", input);
    return undefined;
  },
  "drain-store": async (ground) => {
    const store = await leadingStore(ground);
    if (typeof store === "string") return store;
    return await doneAndUndone(ground, "drain-store", { storeId: Number(store.id) });
  },
  "undrain-store": async (ground) => {
    const store = await leadingStore(ground);
    if (typeof store === "string") return store;
    const input = { storeId: Number(store.id) };
    const { captured, action } = await done(ground, "drain-store", input);
    await using _restore = restoring(() => action.undo?.(input, { captured, signal: ground.signal }));
    return await doneAndUndone(ground, "undrain-store", input);
  },
  "transfer-leader": async (ground) => {
    await using _still = await stillness(ground);
    const found = await regionWhere(ground, ({ followers }) => followers.length > 0);
    if (!found) return "no region has a follower on a store that is up";
    const { region, followers } = found;
    const input = { regionId: Number(region.id), toStoreId: Number(followers[0]) };
    return await doneAndUndone(ground, "transfer-leader", input, () => isPlaced(ground, region));
  },
  "transfer-peer": async (ground) => {
    await using _still = await stillness(ground);
    const found = await regionWhere(ground, ({ followers, free }) => followers.length > 0 && free.length > 0);
    if (!found) return NO_FREE_STORE;
    const { region, followers, free } = found;
    const input = { regionId: Number(region.id), fromStoreId: Number(followers[0]), toStoreId: Number(free[0]) };
    return await doneAndUndone(ground, "transfer-peer", input, () => isPlaced(ground, region));
  },
  "add-peer": async (ground) => {
    await using _still = await stillness(ground);
    const found = await regionWhere(ground, ({ free }) => free.length > 0);
    if (!found) return NO_FREE_STORE;
    const { region, free } = found;
    const input = { regionId: Number(region.id), storeId: Number(free[0]) };
    return await doneAndUndone(ground, "add-peer", input, () => isPlaced(ground, region));
  },
  "remove-peer": async (ground) => {
    await using _still = await stillness(ground);
    const found = await regionWhere(ground, ({ followers }) => followers.length > 1);
    if (!found) return "no region has three replicas or more, of which one can be spared";
    const { region, followers } = found;
    const input = { regionId: Number(region.id), storeId: Number(followers[0]) };
    return await doneAndUndone(ground, "remove-peer", input, () => isPlaced(ground, region));
  },
  "scatter-region": async (ground) => {
    await using _still = await stillness(ground);
    const found = await regionWhere(ground, ({ followers }) => followers.length > 0);
    if (!found) return "no region has a follower on a store that is up";
    const { region } = found;
    await using _restore = restoring(() => placeAgain(ground, region));
    await done(ground, "scatter-region", { regionId: Number(region.id) });
    return undefined;
  },
  "cancel-operator": async (ground) => {
    await using _still = await stillness(ground);
    const found = await regionWhere(ground, ({ followers, free }) => followers.length > 0 && free.length > 0);
    if (!found) return NO_FREE_STORE;
    const { region, followers, free } = found;
    await using _restore = restoring(() => placeAgain(ground, region));
    const move = { regionId: Number(region.id), fromStoreId: Number(followers[0]), toStoreId: Number(free[0]) };
    await actionOf(ground, "transfer-peer").run(move, ground.signal);
    try {
      await done(ground, "cancel-operator", { regionId: move.regionId });
      return undefined;
    } catch (error) {
      if (!String(error).includes("operator not found")) throw error;
      return "the operator that was to be cancelled had ended already";
    }
  },
  "merge-region": async (ground) => await splitAndMerged(ground),
  "split-region": async (ground) => await splitAndMerged(ground),
};

const NONE_UP = "no store is up";

const NO_FREE_STORE = "every store that is up has a replica of every region that was looked at";

/** Bytes below which TiKV finds no middle at which to split. */
const SPLITTABLE_BYTES = 4 * 1024 ** 2;

/** What one action splits the other one merges: neither has an undo. */
async function splitAndMerged(ground: Ground): Promise<string | undefined> {
  const { client, signal } = ground;
  await using _still = await stillness(ground);
  // The outermost regions have a border that is no key.
  const found = await regionWhere(
    ground,
    ({ region }) => region.sizeBytes >= SPLITTABLE_BYTES && region.startKey !== "" && region.endKey !== "",
  );
  if (!found) return `no region between two others holds ${SPLITTABLE_BYTES} bytes`;
  const { id, startKey, endKey } = found.region;
  await done(ground, "split-region", { regionId: Number(id) });
  await until(ground, async () => {
    const half = await client.pd.region(id, signal);
    return half.startKey !== startKey || half.endKey !== endKey;
  });
  // One half keeps the number, as a rule the right one.
  const half = await client.pd.region(id, signal);
  const other = await regionAt(ground, half.startKey === startKey ? half.endKey : startKey);
  await done(ground, "merge-region", { sourceRegionId: Number(other.id), targetRegionId: Number(id) });
  await until(ground, async () => {
    const whole = await client.pd.region(id, signal);
    return whole.startKey === startKey && whole.endKey === endKey;
  });
  await until(ground, async () => await isPlaced(ground, found.region));
  return undefined;
}

async function regionAt({ client, signal }: Ground, hexKey: string): Promise<Region> {
  return v.parse(Region, await client.pd.raw(`/region/key/${hexKey}?format=hex`, signal));
}

function actionOf({ session }: Ground, id: string): BoundAction {
  const action = session.actions.get(id);
  if (!action) throw new Error(`Cannot find action "${id}"`);
  return action;
}

interface Done {
  readonly action: BoundAction;
  readonly captured: unknown;
}

/** Keeps what was, sends the action and waits for its effect; what was half done is undone. */
async function done(ground: Ground, id: string, input: unknown): Promise<Done> {
  const { signal } = ground;
  const action = actionOf(ground, id);
  const captured = await action.capture?.(input, signal);
  await action.run(input, signal);
  try {
    await until(ground, async () => await action.postCondition(input, signal));
  } catch (error) {
    await action.undo?.(input, { captured, signal });
    throw error;
  }
  return { action, captured };
}

async function doneAndUndone(
  ground: Ground,
  id: string,
  input: unknown,
  isAsBefore?: () => Promise<boolean>,
): Promise<undefined> {
  const { action, captured } = await done(ground, id, input);
  if (!action.undo) throw new Error(`Cannot undo "${id}": it has no undo`);
  await action.undo(input, { captured, signal: ground.signal });
  await until(ground, async () =>
    isAsBefore ? await isAsBefore() : Bun.deepEquals(await action.capture?.(input, ground.signal), captured),
  );
}

async function someStore(ground: Ground): Promise<RegisteredStore | undefined> {
  return (await upStores(ground))[0];
}

/** A store whose leaders others can take, or why there is none. */
async function leadingStore(ground: Ground): Promise<RegisteredStore | string> {
  const { client, signal } = ground;
  const stores = await upStores(ground);
  if (stores.length < 2) return "there is no other store that could lead";
  const drained = await client.pd.evictedStores(await client.pd.schedulers(signal), signal);
  const found = stores.find(({ id, leaderCount }) => leaderCount > 0 && !drained.includes(id));
  return found ?? "no store leads a region";
}

/** A number that is not the one that there is. */
function unlike(value: number, wanted: number): number {
  return value === wanted ? wanted * 1.5 : wanted;
}

/** Restores at the end, whatever has happened. */
function restoring(restore: () => unknown): AsyncDisposable {
  return { [Symbol.asyncDispose]: async () => void (await restore()) };
}
