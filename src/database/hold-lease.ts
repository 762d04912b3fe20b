/** Runs work under a lease: acquires it before, renews it meanwhile, releases it afterwards. */

import type { Clock } from "../core/system/clock.ts";
import type { LeaseStore } from "./leases.ts";

/** The lease and its holder. */
export interface HoldOptions {
  readonly leases: LeaseStore;
  readonly clock: Clock;
  readonly holder: string;
  /** Milliseconds after which a lease that is not renewed is free again. @default {15_000} */
  readonly ttlMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Runs the work and returns its result; `undefined` if another process holds the lease. The signal given to the work
 * aborts when the lease is lost, for instance because this machine slept.
 */
export async function holdLease<T>(
  name: string,
  { leases, clock, holder, ttlMs = 15_000, signal }: HoldOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const acquire = (): boolean => leases.acquire(name, { holder, nowMs: clock.now(), ttlMs }).holder === holder;
  if (!acquire()) return undefined;
  const over = new AbortController();
  const lost = new AbortController();
  const keep = async (until: AbortSignal): Promise<void> => {
    try {
      while (acquire()) await clock.sleep(ttlMs / 3, until);
      lost.abort(new Error(`Cannot keep lease "${name}": another process has taken it`));
    } catch (error) {
      if (!until.aborted) lost.abort(error);
    }
  };
  const keeping = keep(AbortSignal.any([signal, over.signal]));
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    over.abort();
    await keeping;
    leases.release(name, holder);
  }
}
