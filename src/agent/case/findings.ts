/**
 * What code reads off a case before any engine begins, so that no engine has to: which series changed and when, which
 * components moved most, links, restarts, settings, logs, clocks, traffic, and incidents like it. All of it follows from the
 * case, so that a case that was written by an earlier version has it, too.
 */

import { measuredTable } from "../../core/diagnosis/ranking/measured.ts";
import { type Ranking, rank } from "../../core/diagnosis/ranking/rank.ts";
import { type LogTemplate, templateChanges } from "../../core/system/log-templates.ts";
import type { Link, Signal } from "../../core/system/picture.ts";
import { type ChangePoint, changePointOf } from "../../core/system/statistics/change-point.ts";
import { levelsOf } from "../../core/system/statistics/levels.ts";
import type { RecordedEvent } from "../../core/system/timeline.ts";
import { type ComponentId, isComponentId } from "../../core/words/ids.ts";
import type { Case, PastIncident } from "./case.ts";
import { brokenLinksOf, windowsOf } from "./evidence.ts";

/** A series that left its usual range around the beginning of the incident, or since. */
export interface SeriesChange extends ChangePoint {
  readonly component: ComponentId;
  readonly metric: string;
  readonly unit: string;
  readonly signal: Signal;
}

/** A link that takes much longer than before. */
export interface SlowLink extends Pick<Link, "from" | "to" | "kind"> {
  readonly beforeMs: number;
  readonly nowMs: number;
}

/** What is new in the log of one component, and what is missing. */
export interface LogChange {
  readonly component: ComponentId;
  readonly appeared: readonly LogTemplate[];
  readonly vanished: readonly LogTemplate[];
}

/** What code reads off a case. */
export interface Findings {
  /** Absent where too few values are on record. */
  readonly ranking?: Ranking;
  /** The earliest first. */
  readonly changes: readonly SeriesChange[];
  readonly brokenLinks: readonly Link[];
  readonly slowLinks: readonly SlowLink[];
  readonly restarts: readonly RecordedEvent[];
  /** Settings and versions that changed. */
  readonly settings: readonly RecordedEvent[];
  readonly logs: readonly LogChange[];
  /** Clocks that are off by more than clocks that are kept in step. */
  readonly clocks: readonly { readonly component: ComponentId; readonly offsetMs: number }[];
  /** Past incidents with most of the same tickets, the most alike first. */
  readonly alike: readonly PastIncident[];
}

/** Milliseconds before the first violation from which a change may belong to the incident. */
const BEFORE_MS = 60_000;
/** Share of what lies before the first violation in which the onset is sought at most. */
const SEARCH_RATIO = 0.25;
/** How much longer a slow link takes: so many times, and so many milliseconds. */
const SLOW = { times: 3, ms: 10 } as const;
const CLOCK_OFF_MS = 100;
/** Share of the tickets of either that two incidents of one shape have in common. */
const ALIKE_RATIO = 0.5;

/** Reads a case. */
export function findingsOf(given: Case): Findings {
  const ranking = rankingOf(given);
  const since = given.incident.beganAtMs - BEFORE_MS;
  const recent = given.events.filter(({ atMs }) => atMs >= since);
  return {
    ...(ranking && { ranking }),
    changes: changesOf(given).filter(({ atMs }) => atMs >= since),
    brokenLinks: brokenLinksOf(given),
    slowLinks: slowLinksOf(given),
    restarts: recent.filter(({ event }) => event === "restarted"),
    settings: recent.filter(({ event }) => event === "reconfigured" || event === "upgraded"),
    logs: logChangesOf(given),
    clocks: given.picture.components.flatMap(({ id, clockOffsetMs: offsetMs = 0 }) =>
      Math.abs(offsetMs) > CLOCK_OFF_MS ? [{ component: id, offsetMs }] : [],
    ),
    alike: given.past
      .filter(({ alikeRatio = 0 }) => alikeRatio >= ALIKE_RATIO)
      .toSorted((a, b) => (b.alikeRatio ?? 0) - (a.alikeRatio ?? 0)),
  };
}

/** Components by how much and how early their series moved; `undefined` where too little is on record. */
export function rankingOf({ series, incident: { beganAtMs }, topology }: Case): Ranking | undefined {
  const windows = windowsOf(series);
  const rows = new Map(windows.map((window, index) => [window, series.rows[index]]));
  const table = measuredTable(windows, (window) => {
    const row = rows.get(window);
    const component = window.labels["component"];
    return row && component !== undefined
      ? { component, signal: row.signal, unit: row.unit, kind: row.kind }
      : undefined;
  });
  const beforeMs = beganAtMs - (table.atMs[0] ?? beganAtMs);
  return rank(table, {
    search: { fromMs: beganAtMs - Math.min(BEFORE_MS, beforeMs * SEARCH_RATIO), toMs: beganAtMs },
    calls: topology.links.map(({ from, to }) => [from, to]),
  });
}

function changesOf({ series }: Case): readonly SeriesChange[] {
  const changes = windowsOf(series).flatMap(({ labels, metric, points }, index): SeriesChange[] => {
    const row = series.rows[index];
    const component = componentOf(labels);
    const change = row && changePointOf(levelsOf(points, row.kind));
    return change && component !== undefined
      ? [{ component, metric, unit: row.unit, signal: row.signal, ...change }]
      : [];
  });
  return changes.toSorted((a, b) => a.atMs - b.atMs);
}

function componentOf({ component = "" }: Readonly<Record<string, string>>): ComponentId | undefined {
  return isComponentId(component) ? component : undefined;
}

function slowLinksOf({ picture, pictureBefore }: Case): readonly SlowLink[] {
  const before = new Map(pictureBefore?.links.map((link) => [nameOf(link), link.latencyMs]));
  return picture.links.flatMap((link): SlowLink[] => {
    const { from, to, kind, latencyMs: nowMs } = link;
    const beforeMs = before.get(nameOf(link));
    if (nowMs === undefined || beforeMs === undefined) return [];
    const isSlow = nowMs >= beforeMs * SLOW.times && nowMs - beforeMs >= SLOW.ms;
    return isSlow ? [{ from, to, kind, beforeMs, nowMs }] : [];
  });
}

function nameOf({ from, to, kind }: Pick<Link, "from" | "to" | "kind">): string {
  return `${from} ${to} ${kind}`;
}

function logChangesOf({ logs, incident, atMs }: Case): readonly LogChange[] {
  const sinceMs = incident.beganAtMs - BEFORE_MS / 2;
  return logs
    .map(({ component, events }) => ({
      component,
      ...templateChanges(events, { sinceMs, untilMs: untilOf(events, atMs) }),
    }))
    .filter(({ appeared, vanished }) => appeared.length > 0 || vanished.length > 0);
}

/** Up to when a log is known: it was frozen when a ticket opened, which is about when its last line was written, or later. */
function untilOf(events: readonly { readonly atMs: number }[], atMs: number): number {
  return events.at(-1)?.atMs ?? atMs;
}
