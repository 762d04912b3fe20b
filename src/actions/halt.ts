/**
 * The kill switch. It is a file beside the database and a row in it: the file is written first, because nothing that
 * happens to the database can delay it, and either of them stops every executor.
 */

import type { Clock } from "../core/system/clock.ts";
import type { Actor } from "../core/words/actor.ts";
import type { Instance } from "../core/words/instance.ts";
import { type AuditHead, type Change, type Database, type Halt, haltFileOf, openDatabase } from "../database/mod.ts";
import { log } from "../io/log.ts";
import { repeatEvery } from "../io/repeat-every.ts";

/** Where a halt is in force; `failed` says why it is not there. */
export interface Halting {
  readonly file: { readonly path: string } | Failed;
  readonly row: HaltedRow | Failed;
}

/** A halt that the database has. */
export interface HaltedRow {
  /** Ids of the actions that were pending. */
  readonly cancelled: readonly number[];
  /** Instances that the database knows. */
  readonly instances: readonly Instance[];
  readonly head: AuditHead;
}

/** Why something was not written. */
export interface Failed {
  readonly failed: unknown;
}

const CARRY_EVERY_MS = 1000;

/** Milliseconds that each step waits for a database which another process has locked: a person waits for the answer. */
const WAIT_MS = 1000;

/** Stops the next effect in any process that works with this database; where the database takes it, cancels what is pending and sets every ladder to observe. */
export function halt(path: string, by: Change, { waitMs = WAIT_MS }: { readonly waitMs?: number } = {}): Halting {
  return {
    file: attempt(() => {
      const file = haltFileOf(path);
      file.write(by);
      return { path: file.path };
    }),
    row: attempt(() => {
      using database = openDatabase(path, { create: false, waitMs });
      const { reason, ...who } = by;
      const cancelled = write(database, by, { ...who, event: "halted", detail: { reason } });
      return { cancelled, instances: database.instances.list(), head: database.audit.head() };
    }),
  };
}

/** Writes a halt that only the file knows into the database, and answers it. Every process that can write does so. */
export function carryHalt(database: Database, by: Pick<Change, "atMs" | "actor">): Halt | undefined {
  if (!database.safety.uncarried()) return undefined;
  return database.transactDurably(() => {
    const halt = database.safety.uncarried(); // another process may have carried it meanwhile, or lifted it
    if (!halt) return undefined;
    write(database, halt, { ...by, event: "halt-carried", detail: { halt } });
    log.warn("Wrote the halt of a file into the database", { by: halt.actor, reason: halt.reason });
    return halt;
  });
}

/** Does so again and again until the signal aborts; for a process that runs no executor. */
export function runCarrier(options: CarrierOptions, signal: AbortSignal): Promise<void> {
  const { database, clock, actor } = options;
  const carry = async (): Promise<unknown> => carryHalt(database, { atMs: clock.now(), actor });
  return repeatEvery(carry, { of: "halt check", clock, everyMs: CARRY_EVERY_MS }, signal);
}

/**
 * Lifts the halt. The ladders stay at observe: raising them again is an act of its own. What only the file says is
 * written into the database first, so that this holds for every halt.
 */
export function resume(database: Database, { atMs, actor, reason }: Change): void {
  carryHalt(database, { atMs, actor });
  database.transactDurably(() => {
    database.safety.resume();
    database.audit.append({ atMs, actor, event: "resumed", detail: { reason } });
  });
}

/** What a process that only watches carries halts with. */
export interface CarrierOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly actor: Actor;
}

interface Entry extends Pick<Change, "atMs" | "actor"> {
  readonly event: string;
  readonly detail: object;
}

/** Answers the ids of the actions that it cancelled. */
function write(database: Database, halt: Halt, { detail, ...entry }: Entry): readonly number[] {
  return database.transactDurably(() => {
    database.safety.halt(halt);
    const cancelled = database.actionRuns.list({ state: "pending" }).map(({ id }) => id);
    const step = { to: "cancelled", atMs: entry.atMs, reason: `Halted: ${halt.reason}` } as const;
    for (const id of cancelled) database.actionRuns.advance(id, step);
    database.audit.append({ ...entry, detail: { ...detail, cancelled } });
    return cancelled;
  });
}

function attempt<T>(run: () => T): T | Failed {
  try {
    return run();
  } catch (failed) {
    return { failed };
  }
}
