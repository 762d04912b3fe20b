/** PD's register of regions: what each is and who leads it outlives a change of leaders; what is measured of it does not. */

import * as v from "valibot";
import { RegionMeta, type RegionReport } from "../protocol.ts";
import type { ReplicatedState } from "./replicated-state.ts";

const RegionRecord = v.object({ meta: RegionMeta, leaderStoreId: v.nullable(v.number()), term: v.number() });

type RegionRecord = v.InferOutput<typeof RegionRecord>;

/** A region as the leader of PD knows it. */
export interface KnownRegion extends RegionRecord {
  /** Absent until its leader reports to this leader of PD. */
  readonly report?: RegionReport;
  /** Heartbeats in a row in which it was hot. */
  readonly hotWrites: number;
  readonly hotReads: number;
}

/** Bytes or queries per second from which a region is noted as hot while few are (`pkg/statistics/hot_peer_cache.go`). */
const HOT_BYTES = 1024;
const HOT_QUERIES = 32;

/** Heartbeats in a row after which a hot region is listed: `hot-region-cache-hits-threshold`. */
export const HOT_AFTER = 3;

/** The register of regions. */
export class Regions {
  readonly #state: ReplicatedState;
  readonly #known = new Map<number, KnownRegion>();

  constructor(state: ReplicatedState) {
    this.#state = state;
  }

  /** A new leader begins with what is kept. */
  load(): void {
    this.#known.clear();
    for (const [, value] of this.#state.under("region/")) {
      const record = v.safeParse(RegionRecord, value);
      if (record.success) this.#known.set(record.output.meta.id, { ...record.output, hotWrites: 0, hotReads: 0 });
    }
  }

  /** In the order of their keys. */
  all(): readonly KnownRegion[] {
    return [...this.#known.values()].toSorted((a, b) => (a.meta.startKey < b.meta.startKey ? -1 : 1));
  }

  get size(): number {
    return this.#known.size;
  }

  get(id: number): KnownRegion | undefined {
    return this.#known.get(id);
  }

  /** The region that a key lies in; keys are upper-case hex. */
  at(key: string): KnownRegion | undefined {
    return [...this.#known.values()].find(
      ({ meta }) => meta.startKey <= key && (meta.endKey === "" || key < meta.endKey),
    );
  }

  /** Takes a report; one that is older than what is known changes nothing. Answers whether who leads it has changed. */
  hear(report: RegionReport): "new" | "leader" | "replicas" | "range" | "same" | "stale" {
    const { meta, leaderStoreId, term } = report;
    const before = this.#known.get(meta.id);
    const isOlder =
      before && (meta.version < before.meta.version || meta.confVer < before.meta.confVer || term < before.term);
    if (isOlder) return "stale";
    const isHot = (bytes: number, queries: number): boolean =>
      bytes / report.intervalSeconds > HOT_BYTES || queries / report.intervalSeconds > HOT_QUERIES;
    const known: KnownRegion = {
      meta,
      leaderStoreId,
      term,
      report,
      hotWrites: isHot(report.writtenBytes, report.writeQueries) ? (before?.hotWrites ?? 0) + 1 : 0,
      hotReads: isHot(report.readBytes, report.readQueries) ? (before?.hotReads ?? 0) + 1 : 0,
    };
    this.#known.set(meta.id, known);
    const change = changeOf(before, report);
    if (change !== "same") this.#state.put(`region/${meta.id}`, { meta, leaderStoreId, term });
    if (change === "new" || change === "range") this.#dropOverlapped(known);
    return change;
  }

  /** Puts a region there before any store has reported it. */
  plant(meta: RegionMeta, leaderStoreId: number | null): void {
    this.#known.set(meta.id, { meta, leaderStoreId, term: 1, hotWrites: 0, hotReads: 0 });
    this.#state.put(`region/${meta.id}`, { meta, leaderStoreId, term: 1 });
  }

  /** A region within the range of a newer one was merged into it. */
  #dropOverlapped({ meta }: KnownRegion): void {
    for (const other of this.#known.values()) {
      const { id, startKey, endKey, version } = other.meta;
      const isWithin = startKey >= meta.startKey && (meta.endKey === "" || (endKey !== "" && endKey <= meta.endKey));
      if (id === meta.id || !isWithin || version > meta.version) continue;
      this.#known.delete(id);
      this.#state.put(`region/${id}`, null);
    }
  }
}

function changeOf(before: KnownRegion | undefined, { meta, leaderStoreId, term }: RegionReport) {
  if (!before) return "new";
  if (before.meta.version !== meta.version || before.meta.endKey !== meta.endKey) return "range";
  if (before.meta.confVer !== meta.confVer) return "replicas";
  return before.leaderStoreId !== leaderStoreId || before.term !== term ? "leader" : "same";
}
