/** Adds what a query found to the evidence on which claims are weighed. */

import type { ComponentLog, Evidence } from "../../core/diagnosis/claims/mod.ts";
import type { LogEvent } from "../../core/system/logs.ts";
import type { SeriesWindow } from "../../core/system/series.ts";
import { structureEvents } from "../../core/system/timeline.ts";
import type { Found } from "./found.ts";

/** The evidence with an answer in it. */
export function grown(evidence: Evidence, { series = [], logs = [], inspected = [], look }: Found): Evidence {
  const seen = look ? structureEvents(evidence.now.picture, look.picture) : [];
  return {
    ...evidence,
    ...(look && { now: { picture: look.picture, judgements: look.judgements } }),
    timeline: [...evidence.timeline, ...seen],
    series: series.reduce(withSeries, evidence.series),
    logs: withLines(evidence.logs ?? [], logs),
    inspected: [...(evidence.inspected ?? []), ...inspected],
  };
}

/** Of a series that is there already, the points of both. */
function withSeries(all: readonly SeriesWindow[], added: SeriesWindow): readonly SeriesWindow[] {
  const known = all.findIndex(({ metric, labels }) => metric === added.metric && Bun.deepEquals(labels, added.labels));
  const present = all[known];
  if (!present) return [...all, added];
  const points = new Map([...present.points, ...added.points].map(({ atMs, value }) => [atMs, value]));
  const merged = [...points].map(([atMs, value]) => ({ atMs, value })).toSorted((a, b) => a.atMs - b.atMs);
  return all.with(known, { ...present, points: merged });
}

/** Lines that are known already are not added again. */
function withLines(all: readonly ComponentLog[], lines: readonly LogEvent[]): readonly ComponentLog[] {
  const merged = new Map(all.map(({ component, events }) => [component, events]));
  for (const [component, added] of Map.groupBy(lines, (line) => line.component)) {
    const present = merged.get(component) ?? [];
    const known = new Set(present.map(nameOfLine));
    const events = [...present, ...added.filter((line) => !known.has(nameOfLine(line)))];
    merged.set(
      component,
      events.toSorted((a, b) => a.atMs - b.atMs),
    );
  }
  return [...merged].map(([component, events]) => ({ component, events }));
}

function nameOfLine({ atMs, message }: LogEvent): string {
  return `${atMs} ${message}`;
}
