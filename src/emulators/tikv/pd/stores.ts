/** PD's register of stores: what each reported last, and what follows from how long ago that was. */

import * as v from "valibot";
import type { StoreReport } from "../protocol.ts";
import type { ReplicatedState } from "./replicated-state.ts";

/** What outlives a change of leaders. */
export const StoreRecord = v.object({
  id: v.number(),
  address: v.string(),
  statusAddress: v.string(),
  version: v.string(),
  startedAtSeconds: v.number(),
  labels: v.record(v.string(), v.string()),
  /** `up`, `offline` while its replicas are moved away, `tombstone` once they are. */
  state: v.picklist(["up", "offline", "tombstone"]),
  isDestroyed: v.boolean(),
  leaderWeight: v.number(),
  regionWeight: v.number(),
  addLimit: v.number(),
  removeLimit: v.number(),
  /** Epoch milliseconds by PD's clock; kept every five minutes only. */
  lastHeartbeatMs: v.number(),
});

/** What outlives a change of leaders. */
export type StoreRecord = v.InferOutput<typeof StoreRecord>;

/** A store as the leader knows it. */
export interface KnownStore {
  readonly record: StoreRecord;
  /** Epoch milliseconds by PD's clock. */
  readonly lastHeartbeatMs: number;
  /** Absent after a change of leaders, until the next one. */
  readonly report?: StoreReport;
}

/** What PD names the state of a store (`pkg/response/store.go`). */
export type StateName = "Up" | "Disconnected" | "Down" | "Offline" | "Tombstone";

/** Milliseconds of silence after which a store is disconnected (`storeDisconnectDuration` in `pkg/core/store.go`). */
const DISCONNECTED_MS = 20_000;

/** Milliseconds after which the time of the last heartbeat is kept again. */
const KEPT_EVERY_MS = 300_000;

/** The register of stores. */
export class Stores {
  readonly #state: ReplicatedState;
  readonly #heard = new Map<number, { readonly atMs: number; readonly report: StoreReport }>();

  constructor(state: ReplicatedState) {
    this.#state = state;
  }

  /** All of them, those that are gone for good included. */
  all(): readonly KnownStore[] {
    return this.#state.under("store/").flatMap(([, value]) => {
      const record = v.safeParse(StoreRecord, value);
      return record.success ? [this.#known(record.output)] : [];
    });
  }

  get(id: number): KnownStore | undefined {
    const record = v.safeParse(StoreRecord, this.#state.get(`store/${id}`));
    return record.success ? this.#known(record.output) : undefined;
  }

  /** Takes a heartbeat; one of a store that was not known registers it. */
  hear(report: StoreReport, nowMs: number): void {
    const { id, address, statusAddress, version, startedAtSeconds } = report;
    const before = this.get(id)?.record;
    this.#heard.set(id, { atMs: nowMs, report });
    const told = { id, address, statusAddress, version, startedAtSeconds };
    const isNew = !before || Object.entries(told).some(([name, value]) => Reflect.get(before, name) !== value);
    if (!isNew && nowMs - before.lastHeartbeatMs < KEPT_EVERY_MS) return;
    this.change(id, {
      ...(before ?? { ...NEW_STORE, labels: { zone: `z${id}`, host: `h${id}` } }),
      ...told,
      lastHeartbeatMs: nowMs,
    });
  }

  change(id: number, record: StoreRecord): void {
    this.#state.put(`store/${id}`, record);
  }

  /** Removes the records of stores that are gone for good. */
  forgetTombstones(): void {
    for (const { record } of this.all()) if (record.state === "tombstone") this.#state.put(`store/${record.id}`, null);
  }

  /** A new leader knows only what is kept. */
  forgetHeard(): void {
    this.#heard.clear();
  }

  #known(record: StoreRecord): KnownStore {
    const heard = this.#heard.get(record.id);
    return { record, lastHeartbeatMs: heard?.atMs ?? record.lastHeartbeatMs, ...(heard && { report: heard.report }) };
  }
}

const NEW_STORE = {
  state: "up",
  isDestroyed: false,
  leaderWeight: 1,
  regionWeight: 1,
  addLimit: 15,
  removeLimit: 15,
} as const;

/** What PD calls the state of a store at that time. */
export function stateName({ record, lastHeartbeatMs }: KnownStore, nowMs: number, downAfterMs: number): StateName {
  if (record.state === "tombstone") return "Tombstone";
  if (record.state === "offline") return "Offline";
  const silentMs = nowMs - lastHeartbeatMs;
  if (silentMs >= downAfterMs) return "Down";
  return silentMs >= DISCONNECTED_MS ? "Disconnected" : "Up";
}
