/** Leases: who may work on something now. They expire, so that nothing stays held after a crash. */

import type { Database as Sqlite } from "bun:sqlite";
import { isRunning } from "../core/system/term.ts";
import { transact } from "./sqlite/transaction.ts";

/** A lease in force. */
export interface Lease {
  /** What is held, for instance `monitor/1` or `incident/12`. */
  readonly name: string;
  /** Who holds it, for instance `monitor/host:4711`. */
  readonly holder: string;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

/** A request for a lease. */
export interface LeaseRequest {
  readonly holder: string;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  readonly ttlMs: number;
}

/** Acquires, renews and releases leases. */
export interface LeaseStore {
  /** Acquires or renews a lease, and returns the one then in force: the caller's own, or that of another holder. */
  acquire(name: string, request: LeaseRequest): Lease;
  /** Releases the lease, if this holder still has it. */
  release(name: string, holder: string): void;
  /** The lease in force, if any. */
  current(name: string, nowMs: number): Lease | undefined;
}

interface LeaseRow {
  readonly holder: string;
  readonly expires_at_ms: number;
  readonly ttl_ms: number;
}

/** The store of one connection. */
export function leaseStore(sqlite: Sqlite): LeaseStore {
  const current = (name: string, nowMs: number): Lease | undefined => {
    const row = sqlite
      .query<LeaseRow, [string]>("SELECT holder, expires_at_ms, ttl_ms FROM leases WHERE name = ?")
      .get(name);
    return row && inForce(row, nowMs) ? { name, holder: row.holder, expiresAtMs: row.expires_at_ms } : undefined;
  };
  return {
    current,
    acquire: (name, { holder, nowMs, ttlMs }) =>
      transact(sqlite, () => {
        const held = current(name, nowMs);
        if (held && held.holder !== holder) return held;
        const expiresAtMs = Math.round(nowMs + ttlMs);
        sqlite
          .query("INSERT OR REPLACE INTO leases (name, holder, expires_at_ms, ttl_ms) VALUES (?, ?, ?, ?)")
          .run(name, holder, expiresAtMs, Math.round(ttlMs));
        return { name, holder, expiresAtMs };
      }),
    release: (name, holder) => {
      sqlite.query("DELETE FROM leases WHERE name = ? AND holder = ?").run(name, holder);
    },
  };
}

function inForce({ expires_at_ms, ttl_ms }: LeaseRow, nowMs: number): boolean {
  return isRunning({ fromMs: expires_at_ms - ttl_ms, untilMs: expires_at_ms }, nowMs);
}
