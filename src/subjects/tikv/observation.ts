/** What the probes of a TiKV cluster read: plain data, kept as evidence as it is. */

import { invariantsOn } from "../../core/subject/invariant.ts";
import { type Observation, type Probed, probesOn } from "../../core/subject/probe.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { TikvClient } from "./client/client.ts";
import type { OwnStatus, RegionCheck } from "./client/pd-client.ts";
import type { ReplicateConfig, ScheduleConfig } from "./client/pd-config.ts";
import type { Hotspots, MemberHealth, Members, Operators, Region } from "./client/pd-replies.ts";
import type { StoreAnswer } from "./client/status-client.ts";
import type { RegisteredStore } from "./client/store-entry.ts";
import type { TikvConfig } from "./config.ts";
import type { TikvMetrics } from "./metrics/read-metrics.ts";

/** What the probes read, by their names. */
export interface TikvReadings {
  readonly members: MembersReading;
  /** As PD has registered them, without those that are gone for good. */
  readonly stores: readonly RegisteredStore[];
  /** Each store's own status port. */
  readonly status: readonly StoreReading[];
  readonly regions: RegionsReading;
  readonly hotspots: { readonly write: Hotspots; readonly read: Hotspots };
  readonly scheduling: SchedulingReading;
  readonly metrics: TikvMetrics;
}

/** One look at the whole cluster. */
export type TikvObservation = Observation<TikvReadings>;

/** Types an invariant of the cluster by what it needs. */
export const invariant = invariantsOn<TikvReadings, TikvConfig>();

/** Types a probe of the cluster by what it reads. */
export const probe = probesOn<TikvClient, TikvReadings>();

/** PD's members, each asked for itself, and what they say together. */
export interface MembersReading {
  /** Those that the watcher was told of, in the order of its configuration. */
  readonly pds: readonly PdReading[];
  readonly view: Probed<Members>;
  readonly health: Probed<MemberHealth>;
  /** Name of the leader, as last known. */
  readonly leader?: string;
  /** Epoch milliseconds at which another leader than before was first seen; absent while the first one leads. */
  readonly leaderSinceMs?: number;
}

/** What one member said. */
export interface PdReading {
  readonly component: ComponentId;
  /** `host:port`. */
  readonly address: string;
  /** As the cluster calls the member at that address; absent where no register was read yet. */
  readonly name?: string;
  /** The probe by which it is reachable or not. */
  readonly status: Probed<OwnStatus>;
  /** When the process started that was found to be of the same cluster, where the register does not have its address. */
  readonly verifiedStartMs?: number;
}

/** A store as PD knows it, or as the watcher was told of it where PD has not been read yet. */
export interface ReadStore extends Omit<RegisteredStore, "state"> {
  readonly state: RegisteredStore["state"] | "Unread";
}

/** What one store's status port said, beside what PD knew of the store when it was last asked. */
export interface StoreReading {
  readonly component: ComponentId;
  readonly store: ReadStore;
  /** The probe by which it is reachable or not. */
  readonly status: Probed<StoreAnswer>;
  /** Who the store says it is, as last read. */
  readonly identity?: { readonly address: string; readonly readAtMs: number };
}

/** Regions by what is wrong with them. */
export interface RegionsReading {
  readonly count: number;
  readonly checks: Readonly<Record<RegionCheck, RegionList>>;
}

/** How many regions PD lists, and the first of them. */
export interface RegionList {
  /** As PD says: at the head of the list, or in its metrics. */
  readonly count: number;
  /** Whether PD was asked for the list: one that its metrics say is long is only counted. */
  readonly isListed: boolean;
  /** Whether it was read to its end. */
  readonly isWhole: boolean;
  readonly first: readonly Region[];
}

/** What PD schedules, and how it is told to. */
export interface SchedulingReading {
  readonly schedulers: readonly string[];
  readonly paused: readonly string[];
  readonly operators: Operators;
  readonly schedule: ScheduleConfig;
  readonly replicate: ReplicateConfig;
  /** Stores that are kept from leading regions, by id. */
  readonly evicted: readonly string[];
  readonly isInitialized: boolean;
}
