/** The monitor: checkups in time, tickets and incidents written, one monitor per instance. */

import type { Checkup } from "../core/subject/checkup.ts";
import type { Session } from "../core/subject/subject.ts";
import { messageOf } from "../core/text/errors.ts";
import { monitorLease } from "../core/words/lease.ts";
import type { FeedItem, Lease } from "../database/mod.ts";
import type { CheckupOptions } from "./options.ts";
import { forgetter } from "./retention.ts";
import { runRound, startWatch } from "./round.ts";
import { ticks } from "./schedule.ts";
import { unwrittenLooker } from "./unwritten.ts";
import { holdLease } from "./write.ts";

export { checkOnce, type OnceResult } from "./once.ts";
export type { CheckupOptions, Retention } from "./options.ts";

/** What a monitor tells of. Everything written is told, no matter who wrote it; while nothing can be written, verdicts are. */
export type MonitorEvent =
  | FeedItem
  /** The lease is held from now on. */
  | { readonly kind: "watching" }
  /** Another monitor holds the lease; this one only tells what that one writes. */
  | { readonly kind: "standby"; readonly lease: Lease }
  /** What has just been observed, before anything that follows from it. */
  | { readonly kind: "observed"; readonly checkup: Checkup }
  /** A round could not be written; the next one makes up for it. */
  | { readonly kind: "trouble"; readonly failed: string };

/** What a monitor is told. */
export interface MonitorOptions extends CheckupOptions {
  readonly intervalMs: number;
  readonly onEvent?: (event: MonitorEvent) => void;
}

/** A crashed monitor is succeeded after so many missed rounds, but not before so many milliseconds. */
const LEASE_ROUNDS = 3;
const SHORTEST_LEASE_MS = 10_000;

/** Watches until the signal aborts. While another monitor holds the instance, stands by and takes over when that one ends. */
export async function monitor(session: Session, options: MonitorOptions): Promise<void> {
  const { database, instance, actor, clock, signal, intervalMs, onEvent } = options;
  const watch = startWatch(session, options, Math.max(SHORTEST_LEASE_MS, LEASE_ROUNDS * intervalMs));
  const forget = forgetter(options);
  const lookUnwritten = unwrittenLooker(session, options);
  let position = database.feed.end();
  let holder: string | undefined;
  try {
    for await (const tick of ticks(clock, { intervalMs, signal })) {
      try {
        const lease = holdLease(options, watch.leaseMs);
        if (lease.holder !== holder)
          onEvent?.(lease.holder === actor ? { kind: "watching" } : { kind: "standby", lease });
        holder = lease.holder;
        if (holder === actor) {
          const { checkup } = await runRound(watch, tick);
          if (checkup) onEvent?.({ kind: "observed", checkup });
          forget(tick.atMs);
        } else watch.memory = undefined;
        const page = database.feed.after(instance.id, position);
        position = page.position;
        for (const item of page.items) onEvent?.(item);
      } catch (error) {
        if (signal.aborted) return;
        onEvent?.({ kind: "trouble", failed: messageOf(error) });
        holder = undefined;
        for (const item of await lookUnwritten(tick)) onEvent?.(item);
      }
    }
  } finally {
    giveUp(options);
  }
}

/** A lease that cannot be given up runs out by itself. */
function giveUp({ database, instance, actor, onEvent }: MonitorOptions): void {
  try {
    database.leases.release(monitorLease(instance.id), actor);
  } catch (error) {
    onEvent?.({ kind: "trouble", failed: messageOf(error) });
  }
}
