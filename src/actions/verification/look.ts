/** What verification looks with, and what it comes to. */

import type { ActionRun, RunEnd } from "../../core/safety/action-run.ts";
import type { Checkup } from "../../core/subject/checkup.ts";
import type { Session } from "../../core/subject/subject.ts";
import type { Clock } from "../../core/system/clock.ts";
import type { Picture } from "../../core/system/picture.ts";
import type { SeriesSource } from "../../core/system/series.ts";
import type { Database } from "../../database/mod.ts";

/** What verification looks at, and for how long. */
export interface VerifyOptions {
  readonly database: Database;
  readonly session: Pick<Session, "look">;
  readonly series: SeriesSource;
  readonly clock: Clock;
  /** Milliseconds until what is still missing counts as failure. @default {180_000} */
  readonly verifyWithinMs?: number;
  /** Milliseconds for which something else may be violated because of what was, or of what was done. @default {60_000} */
  readonly settleWithinMs?: number;
  /** Milliseconds between two looks. @default {1000} */
  readonly verifyEveryMs?: number;
}

/** How a fresh look is taken. */
export interface FreshLook {
  readonly session: Pick<Session, "look">;
  readonly signal: AbortSignal;
  /** By the clock's `monotonic()`: every reading that matters must have begun later. */
  readonly begunAfterMs: number;
}

/** Everything that verification is given. */
export type Verifying = VerifyOptions & FreshLook;

/** How a run ends. */
export interface Verification {
  readonly to: Extract<RunEnd, "verified" | "helped" | "ineffective" | "harmful">;
  readonly reason: string;
}

/** A look of which all readings that matter to a run began after a moment: those of its tickets, or all of them. */
export function lookFor(
  { origin, preview }: Pick<ActionRun, "origin" | "preview">,
  { database, session, signal, begunAfterMs }: Pick<Verifying, "database" | keyof FreshLook>,
): Promise<Checkup> {
  if (origin.kind !== "incident") return session.look({ signal, begunAfterMs, tracked: [...preview.entities] });
  const tickets = database.incidents.tickets(origin.incident);
  const invariants = [...new Set(tickets.map(({ invariant }) => invariant))];
  return session.look({ signal, begunAfterMs, invariants, tracked: tickets.map(({ entity }) => entity) });
}

/** What a run touches whose process has ended since its intent and is not there, a sentence each. */
export function exitedSince({ preview, intendedAtMs = 0 }: ActionRun, { components }: Picture): readonly string[] {
  const touched = new Set<string>(preview.entities);
  return components.flatMap(({ id, process }) => {
    const exit = process?.exit;
    if (!touched.has(id) || !exit || exit.atMs <= intendedAtMs) return [];
    if (process.state !== "exited" && process.state !== "stopped") return [];
    const how = exit.signal ?? (exit.code === null ? undefined : `code ${exit.code}`);
    return [`the process of ${id} has ended again${how === undefined ? "" : ` (${how})`}`];
  });
}
