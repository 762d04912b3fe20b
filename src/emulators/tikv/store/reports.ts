/** What a store tells PD of itself and of the regions that it leads. */

import type { RegionReport, StoreReport } from "../protocol.ts";
import { pendingOf, type Replica } from "./replica.ts";
import type { Replicas } from "./replicas.ts";
import { type RegionTraffic, VALUE_BYTES } from "./traffic.ts";
import type { Workplace } from "./workplace.ts";

/** Since when, and what was asked meanwhile. */
export interface Since {
  readonly traffic: RegionTraffic;
  readonly seconds: number;
}

/** MiB and keys of a region at first. */
const SIZE_MIB = 48;
const KEYS = 100_000;

/** A region's heartbeat. */
export function reportOf(replica: Replica, replicas: Replicas, { traffic, seconds }: Since): RegionReport {
  const { meta, term, index } = replica;
  const writtenMiB = (index * VALUE_BYTES) / 1024 ** 2;
  return {
    meta,
    leaderStoreId: replicas.storeId,
    term,
    down: [...replicas.downOf(replica)],
    pending: [...pendingOf(replica, replicas.storeId)],
    writtenBytes: traffic.writes * VALUE_BYTES,
    writtenKeys: traffic.writes,
    readBytes: traffic.reads * VALUE_BYTES,
    readKeys: traffic.reads,
    writeQueries: traffic.writes,
    readQueries: traffic.reads,
    intervalSeconds: seconds,
    sizeMiB: Math.round(SIZE_MIB + writtenMiB),
    keys: KEYS + index,
  };
}

/** A store's heartbeat. */
export function storeReport(
  { id, address, statusAddress }: { readonly id: number; readonly address: string; readonly statusAddress: string },
  { physics, traffic }: Workplace,
  startedAtMs: number,
): StoreReport {
  const { readsPerSecond, writesPerSecond } = traffic;
  return {
    id,
    address,
    statusAddress,
    version: physics.causes.version,
    startedAtSeconds: Math.floor(startedAtMs / 1000),
    capacityBytes: physics.capacityBytes,
    availableBytes: physics.availableBytes,
    usedBytes: physics.usedBytes,
    slowScore: physics.slowScore,
    isBusy: physics.busy.length > 0,
    writeBytesPerSecond: writesPerSecond * VALUE_BYTES,
    readBytesPerSecond: readsPerSecond * VALUE_BYTES,
    writeKeysPerSecond: writesPerSecond,
    readKeysPerSecond: readsPerSecond,
    writeQueriesPerSecond: writesPerSecond,
    readQueriesPerSecond: readsPerSecond,
    cpuPercent: Math.round(physics.read.utilisation * 100 * physics.read.workers),
  };
}
