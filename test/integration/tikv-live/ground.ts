/** Where actions are tried: what they can be tried on, the quiet that they need, and how what was before comes back. */

import * as v from "valibot";
import type { Session } from "../../../src/core/subject/subject.ts";
import { systemClock } from "../../../src/io/clock.ts";
import type { TikvClient } from "../../../src/subjects/tikv/client/client.ts";
import { Region } from "../../../src/subjects/tikv/client/pd-replies.ts";
import type { RegisteredStore } from "../../../src/subjects/tikv/client/store-entry.ts";

/** A cluster on which actions are run. */
export interface Ground {
  readonly session: Session;
  readonly client: TikvClient;
  readonly signal: AbortSignal;
}

/** A region that can be acted on. */
export interface Candidate {
  readonly region: Region;
  /** Stores with a voter of it that do not lead it. */
  readonly followers: readonly string[];
  /** Stores without a replica of it. */
  readonly free: readonly string[];
}

/** Regions that are looked at, the largest first. */
const LOOKED_AT = 128;

/** Milliseconds that an effect may take: a replica of 96 MB is copied, a leader elected. */
const EFFECT_WITHIN_MS = 90_000;

/** Seconds for which PD is kept from moving things by itself at most, should this process die. */
const STILL_SECONDS = 120;

const Regions = v.object({ regions: v.array(Region) });

/** The largest region that is whole, rests, and is as it is asked for. */
export async function regionWhere(
  ground: Ground,
  isFit: (candidate: Candidate) => boolean,
): Promise<Candidate | undefined> {
  const { pd } = ground.client;
  const up = (await upStores(ground)).map(({ id }) => id);
  const { regions } = v.parse(Regions, await pd.raw(`/regions/size?limit=${LOOKED_AT}`, ground.signal));
  for (const region of regions) {
    const { id, peers, leaderStoreId, downPeers, pendingPeers } = region;
    const isWhole = downPeers.length + pendingPeers.length === 0 && peers.every(({ storeId }) => up.includes(storeId));
    if (!isWhole || leaderStoreId === undefined || (await isMoving(ground, id))) continue;
    const voters = peers.filter(({ isLearner }) => !isLearner).map(({ storeId }) => storeId);
    const followers = voters.filter((store) => store !== leaderStoreId);
    const free = up.filter((store) => !peers.some(({ storeId }) => storeId === store));
    const candidate = { region, followers, free };
    if (isFit(candidate)) return candidate;
  }
  return undefined;
}

/** Whether a region lies again where it lay: on the same stores, with the same leader, and nothing moves it. */
export async function isPlaced(ground: Ground, { id, peers, leaderStoreId }: Region): Promise<boolean> {
  const now = await ground.client.pd.region(id, ground.signal);
  const isSame = Bun.deepEquals(storesOf(now.peers), storesOf(peers));
  return isSame && now.leaderStoreId === leaderStoreId && !(await isMoving(ground, id));
}

/** Lays a region where it lay. */
export async function placeAgain(ground: Ground, region: Region): Promise<void> {
  const { session, client, signal } = ground;
  const regionId = Number(region.id);
  const send = async (id: string, input: object): Promise<void> => {
    await session.actions.get(id)?.run({ regionId, ...input }, signal);
    await until(ground, async () => !(await isMoving(ground, region.id)));
  };
  await until(ground, async () => !(await isMoving(ground, region.id)));
  for (;;) {
    const { peers } = await client.pd.region(region.id, signal);
    const from = storesOf(peers).find((id) => !storesOf(region.peers).includes(id));
    const to = storesOf(region.peers).find((id) => !storesOf(peers).includes(id));
    if (from !== undefined && to !== undefined)
      await send("transfer-peer", { fromStoreId: Number(from), toStoreId: Number(to) });
    else if (to !== undefined) await send("add-peer", { storeId: Number(to) });
    else if (from !== undefined) await send("remove-peer", { storeId: Number(from) });
    else break;
  }
  const { leaderStoreId } = await client.pd.region(region.id, signal);
  if (leaderStoreId !== region.leaderStoreId)
    await send("transfer-leader", { toStoreId: Number(region.leaderStoreId) });
  await until(ground, () => isPlaced(ground, region));
}

/** Keeps PD from moving regions and replacing replicas by itself, until it is disposed. */
export async function stillness({ client: { pd }, signal }: Ground): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const paused = await pd.pausedSchedulers(signal);
  const moving = (await pd.schedulers(signal)).filter((name) => name.startsWith("balance-") && !paused.includes(name));
  for (const path of [...moving.map((name) => `/schedulers/${name}`), "/checker/rule"]) {
    const pause = (delay: number) => pd.change({ method: "POST", path, body: { delay } }, signal);
    await pause(STILL_SECONDS);
    stack.defer(async () => void (await pause(0)));
  }
  const owned = stack.move();
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Stores that are up and hold regions for TiKV: TiFlash registers with PD, too. */
export async function upStores({ client, signal }: Ground): Promise<readonly RegisteredStore[]> {
  const stores = await client.pd.stores(signal);
  return stores.filter(({ state, labels }) => state === "Up" && labels["engine"] !== "tiflash");
}

/** Waits until something is so; a question that fails is asked again. */
export async function until({ signal }: Ground, isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = systemClock.monotonic() + EFFECT_WITHIN_MS;
  let why: unknown;
  const holds = async (): Promise<boolean> => {
    try {
      return await isSo();
    } catch (error) {
      why = error;
      return false;
    }
  };
  while (!(await holds())) {
    if (systemClock.monotonic() > deadlineMs)
      throw new Error(`Cannot go on: ${isSo.toString()} did not come true`, { cause: why });
    await systemClock.sleep(200, signal);
  }
}

async function isMoving({ client, signal }: Ground, regionId: string): Promise<boolean> {
  return /status: (?:RUNNING|CREATED|STARTED)/i.test((await client.pd.operatorOf(regionId, signal)) ?? "");
}

function storesOf(peers: Region["peers"]): readonly string[] {
  return peers.map(({ storeId }) => storeId).toSorted();
}
