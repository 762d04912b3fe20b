/** Where a desk finds what it is asked: in the live system and its database, or in a case file. */

import type { Checkup } from "../../core/subject/checkup.ts";
import type { Inspected, InspectionCost } from "../../core/subject/inspection.ts";
import type { LogEvent } from "../../core/system/logs.ts";
import type { PointsQuestion, SeriesWindow } from "../../core/system/series.ts";
import type { ComponentId } from "../../core/words/ids.ts";

/** An inspection that can be asked for. */
export interface Offered {
  readonly id: string;
  readonly description: string;
  readonly cost: InspectionCost;
}

/** A span of a component's log. */
export interface LogSpan {
  readonly component: ComponentId;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  /** Epoch milliseconds. */
  readonly untilMs: number;
}

/** A metric that can be asked for by its name. */
export interface OfferedMetric {
  readonly metric: string;
  /** How many series of it there are. */
  readonly count: number;
}

/** Read-only reads. What there is none of here is a {@linkcode NotAvailableError}. */
export interface DeskSources {
  series(question: PointsQuestion, signal: AbortSignal): Promise<readonly SeriesWindow[]>;
  /** Every metric on record, those of the pictures and others. */
  metrics(): readonly OfferedMetric[];
  logs(span: LogSpan, signal: AbortSignal): Promise<readonly LogEvent[]>;
  inspections(component: ComponentId): readonly Offered[];
  inspect(component: ComponentId, id: string, signal: AbortSignal): Promise<Inspected>;
  look(signal: AbortSignal): Promise<Checkup>;
}

/** What was asked for cannot be had at this desk, which says nothing about the system and costs nothing. */
export class NotAvailableError extends Error {
  override readonly name = "NotAvailableError";
}
