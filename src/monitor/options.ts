/** What a monitor is told. */

import type { BoundInspection } from "../core/subject/inspection.ts";
import type { InvariantInfo } from "../core/subject/subject.ts";
import type { Clock } from "../core/system/clock.ts";
import type { SeriesSource } from "../core/system/series.ts";
import type { TicketRules } from "../core/tickets/rules.ts";
import type { Actor } from "../core/words/actor.ts";
import type { Instance } from "../core/words/instance.ts";
import type { Database } from "../database/mod.ts";

/** How long what is kept. */
export interface Retention {
  /** Milliseconds that samples are kept. @default 6 hours */
  readonly samplesMs: number;
  /** Milliseconds that frozen evidence, the samples in its window and the cases of investigations are kept. @default 7 days */
  readonly evidenceMs: number;
  /** Milliseconds that checkups, verdicts and pictures are kept. @default 30 days */
  readonly historyMs: number;
}

/** What one checkup needs. */
export interface CheckupOptions {
  readonly database: Database;
  readonly instance: Instance;
  /** The subject's invariants, with their graces as they are to be. */
  readonly invariants: readonly InvariantInfo[];
  /** Milliseconds of the grace of core's own invariants, by id, where it differs from the default. */
  readonly ownGraceMs?: Readonly<Record<string, number>>;
  /** Milliseconds between two readings of the subject's register of members. @default {0} */
  readonly registerEveryMs?: number;
  /** What differs from the defaults of ticket rules, for every invariant. */
  readonly rules?: Partial<Omit<TicketRules, "graceMs">>;
  readonly clock: Clock;
  /** Who writes; unique among running processes, for instance `monitor/host:4711`. */
  readonly actor: Actor;
  /** The past, for the subject and for persistent claims. */
  readonly series: SeriesSource;
  /** Reads and keeps what `series` answers from; runs beside each observation and fails as a source. */
  readonly record?: (signal: AbortSignal) => Promise<void>;
  /** Metrics copied into frozen evidence, where `series` is answered by a keeper of the past outside the database. */
  readonly evidenceMetrics?: readonly string[];
  /** Milliseconds after which a checkup is given up. @default {10000} */
  readonly deadlineMs?: number;
  /** What can be inspected besides what the subject offers: a deployment's processes. */
  readonly inspections?: readonly BoundInspection[];
  readonly retention?: Partial<Retention>;
  readonly signal: AbortSignal;
}
