/** The cluster as the leader of PD knows and schedules it; nothing here knows HTTP. */

import * as v from "valibot";
import type { Command, Heartbeat, HeartbeatReply, Peer, RegionMeta } from "../protocol.ts";
import { durationMs, listed, REPLICATION, SCHEDULE, type Section, type Setting, type SettingChange } from "./config.ts";
import { type LogOperator, Operators } from "./operators.ts";
import { Regions } from "./regions.ts";
import type { ReplicatedState } from "./replicated-state.ts";
import { DEFAULT_SCHEDULERS, schedule } from "./schedulers.ts";
import { Stores } from "./stores.ts";

/** Writes a line of PD's log. */
export type Log = (
  level: "INFO" | "WARN" | "ERROR",
  message: string,
  fields?: Readonly<Record<string, string | number>>,
) => void;

/** What a cluster is made with. */
export interface ClusterOptions {
  readonly state: ReplicatedState;
  readonly log: Log;
  /** Epoch milliseconds by PD's clock. */
  readonly now: () => number;
  /** Regions that the first stores make. */
  readonly regionCount: number;
  /** Stores with which the cluster begins. */
  readonly storeCount: number;
  /** What `max-store-down-time` is at first, as Go prints it. */
  readonly maxStoreDownTime: string;
}

/** A region as a store that starts is told of it. */
export interface OwnRegion {
  readonly meta: RegionMeta;
  readonly leaderStoreId: number | null;
  /** Whether no store has led it yet. */
  readonly isFresh: boolean;
}

const EVICT_LEADER = "evict-leader-scheduler";

/** Milliseconds after which a new leader has read its schedulers from etcd. */
const LOADED_AFTER_MS = 400;

/** The cluster of one PD. */
export class Cluster {
  readonly stores: Stores;
  readonly regions: Regions;
  readonly operators: Operators;
  readonly log: Log;
  /** The store whose leaders are moved away because it is slow. */
  slowStore: { readonly id: number; readonly sinceMs: number } | undefined;
  readonly #options: ClusterOptions;
  #ledSinceMs = 0;

  constructor(options: ClusterOptions) {
    const { state, log } = options;
    this.#options = options;
    this.log = log;
    this.stores = new Stores(state);
    this.regions = new Regions(state);
    const logOperator: LogOperator = (message, { regionId, name, brief }, more = {}) =>
      log("INFO", message, { "region-id": regionId, operator: `"${name} {${brief}}"`, ...more });
    this.operators = new Operators(logOperator);
  }

  /** What only the leader knows begins anew. */
  lead(): void {
    this.#ledSinceMs = this.#options.now();
    this.stores.forgetHeard();
    this.regions.load();
    this.operators.clear();
    this.slowStore = undefined;
  }

  /** Whether a first store has made the cluster. */
  get isBootstrapped(): boolean {
    return this.#options.state.get("bootstrap") !== undefined;
  }

  /** RFC 3339 time at which that was. */
  get bootstrappedAt(): string | undefined {
    const at = this.#options.state.get("bootstrap");
    return typeof at === "string" ? at : undefined;
  }

  /** Takes a heartbeat, and answers what the store is to do. The first one of all makes the regions. */
  hear({ store, regions }: Heartbeat): HeartbeatReply {
    const nowMs = this.#options.now();
    const isNew = this.stores.get(store.id) === undefined;
    this.stores.hear(store, nowMs);
    if (isNew) this.log("INFO", "store version changed", { "store-id": store.id, "store-address": store.address });
    if (!this.isBootstrapped && this.stores.all().length >= this.#options.storeCount) this.#bootstrap();
    const commands = regions.flatMap((report): readonly Command[] => {
      const change = this.regions.hear(report);
      if (change === "stale") return [];
      if (change === "range") this.#dropMerged(nowMs);
      if (change === "leader") {
        this.log("INFO", "leader changed", { "region-id": report.meta.id, to: report.leaderStoreId });
      }
      const region = this.regions.get(report.meta.id);
      const command = region && this.operators.commandFor(region, nowMs);
      return command ? [command] : [];
    });
    return { commands: [...commands, ...this.pendingFor(store.id)], timestampMs: nowMs, stores: this.#addresses() };
  }

  /** Does what is due. */
  tick(): void {
    const nowMs = this.#options.now();
    this.operators.tick(nowMs);
    this.#bury(nowMs);
    if (nowMs - this.#ledSinceMs > LOADED_AFTER_MS) schedule(this, nowMs);
  }

  /** Section `schedule` as it is. */
  schedule(): Section {
    const limits = Object.fromEntries(
      this.stores
        .all()
        .map(({ record }) => [`${record.id}`, { "add-peer": record.addLimit, "remove-peer": record.removeLimit }]),
    );
    const { maxStoreDownTime } = this.#options;
    return listed({
      ...SCHEDULE,
      "max-store-down-time": maxStoreDownTime,
      ...this.#changed("schedule"),
      "store-limit": limits,
    });
  }

  /** Section `replication` as it is. */
  replication(): Section {
    return { ...REPLICATION, ...this.#changed("replication") };
  }

  configure(changes: readonly SettingChange[]): void {
    for (const { section, name, value } of changes) this.#options.state.put(`config/${section}/${name}`, value);
  }

  maxReplicas(): number {
    return Number(this.replication()["max-replicas"]);
  }

  /** Milliseconds of silence after which a store is lost. */
  downAfterMs(): number {
    const text = this.schedule()["max-store-down-time"];
    return (typeof text === "string" ? durationMs(text) : undefined) ?? 1_800_000;
  }

  /** Names of the schedulers; a new leader has none at first. */
  schedulers(): readonly string[] {
    if (this.#options.now() - this.#ledSinceMs < LOADED_AFTER_MS) return [];
    const kept = new Map(this.#options.state.under("scheduler/"));
    const defaults = DEFAULT_SCHEDULERS.filter((name) => kept.get(name) !== false);
    const evicting = this.#evictedByPerson().length > 0 ? [EVICT_LEADER] : [];
    return [...defaults, ...evicting];
  }

  /** Adds or removes one of the default schedulers. */
  setScheduler(name: string, isRunning: boolean): void {
    this.#options.state.put(`scheduler/${name}`, isRunning);
  }

  /** Pauses a scheduler or checker until that time. */
  pause(name: string, untilMs: number): void {
    this.#options.state.put(`pause/${name}`, untilMs);
  }

  isPaused(name: string, nowMs: number): boolean {
    const until = this.#options.state.get(`pause/${name}`);
    return typeof until === "number" && until > nowMs;
  }

  isScheduling(name: string, nowMs: number): boolean {
    return this.schedulers().includes(name) && !this.isPaused(name, nowMs);
  }

  /** Ids of the stores that are to lead nothing. */
  evicted(): readonly number[] {
    const byPerson = this.#evictedByPerson();
    const slow = this.slowStore?.id;
    return slow === undefined || byPerson.includes(slow) ? byPerson : [...byPerson, slow];
  }

  setEvicted(storeId: number, isEvicted: boolean): void {
    this.#options.state.put(`evict/${storeId}`, isEvicted ? true : null);
  }

  leaderCounts(): ReadonlyMap<number, number> {
    return counted(this.regions.all().flatMap(({ leaderStoreId }) => leaderStoreId ?? []));
  }

  replicaCounts(): ReadonlyMap<number, number> {
    return counted(this.regions.all().flatMap(({ meta }) => meta.peers.map(({ storeId }) => storeId)));
  }

  /** A replica to be, with an id of its own. */
  newPeer(storeId: number): Peer {
    return { id: this.newId(), storeId, isLearner: false };
  }

  newId(): number {
    const next = Number(this.#options.state.get("alloc") ?? 1000) + 1;
    this.#options.state.put("alloc", next);
    return next;
  }

  /** What the regions of a store that asks at its start are, and who leads them. */
  regionsOn(storeId: number): readonly OwnRegion[] {
    const own = this.regions.all().filter(({ meta }) => meta.peers.some((peer) => peer.storeId === storeId));
    return own.map(({ meta, leaderStoreId, term, report }) => ({
      meta,
      leaderStoreId,
      isFresh: term === 1 && !report,
    }));
  }

  #changed(section: string): Section {
    const Values = v.union([v.string(), v.number()]);
    return Object.fromEntries(
      this.#options.state
        .under(`config/${section}/`)
        .flatMap(([name, value]): readonly (readonly [string, Setting])[] =>
          v.is(Values, value) ? [[name, value]] : [],
        ),
    );
  }

  #evictedByPerson(): readonly number[] {
    return this.#options.state.under("evict/").map(([id]) => Number(id));
  }

  #addresses(): HeartbeatReply["stores"] {
    return this.stores
      .all()
      .flatMap(({ record }) => (record.state === "tombstone" ? [] : [{ id: record.id, address: record.address }]));
  }

  /** What the operators want of the regions that a store leads and has not reported now. */
  pendingFor(storeId: number): readonly Command[] {
    const nowMs = this.#options.now();
    return this.operators.running().flatMap(({ regionId }) => {
      const region = this.regions.get(regionId);
      if (region?.leaderStoreId !== storeId || region.report === undefined) return [];
      const command = this.operators.commandFor(region, nowMs);
      return command ? [command] : [];
    });
  }

  /** Once the first stores are there, the keys are cut into regions, each replicated on as many as are wanted. */
  #bootstrap(): void {
    const { regionCount, state, now } = this.#options;
    const ids = this.stores.all().map(({ record }) => record.id);
    const replicas = Math.min(this.maxReplicas(), ids.length);
    const borders = Array.from({ length: regionCount - 1 }, (_, index) => borderKey((index + 1) / regionCount));
    const keys = ["", ...borders, ""];
    for (let index = 0; index < regionCount; index += 1) {
      const on = Array.from({ length: replicas }, (_, at) => ids[(index + at) % ids.length] ?? 0);
      const peers = on.map((storeId) => ({ id: this.newId(), storeId, isLearner: false }));
      const [startKey = "", endKey = ""] = [keys[index], keys[index + 1]];
      this.regions.plant({ id: this.newId(), startKey, endKey, confVer: 5, version: 1, peers }, on[0] ?? null);
    }
    state.put("bootstrap", new Date(now()).toISOString());
    this.log("INFO", "bootstrap cluster ok", { regions: regionCount });
  }

  /** A merge ends with the source's operator cancelled, since its region is gone. */
  #dropMerged(nowMs: number): void {
    for (const { regionId } of this.operators.running()) {
      if (!this.regions.get(regionId)) this.operators.cancel(regionId, nowMs);
    }
  }

  /** A store that leaves is gone for good when it has no replica any more. */
  #bury(nowMs: number): void {
    const counts = this.replicaCounts();
    for (const { record } of this.stores.all()) {
      if (record.state !== "offline" || (counts.get(record.id) ?? 0) > 0) continue;
      this.stores.change(record.id, { ...record, state: "tombstone", lastHeartbeatMs: nowMs });
      this.log("WARN", "store has been Tombstone", { "store-id": record.id, "store-address": record.address });
    }
  }
}

/** A key of the workload at that share of all keys, as upper-case hex. */
function borderKey(share: number): string {
  const name = `t${Math.floor(share * 0x1_0000_0000)
    .toString(16)
    .padStart(8, "0")}`;
  return Buffer.from(name).toString("hex").toUpperCase();
}

function counted(ids: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
