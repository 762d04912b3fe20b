/**
 * Ranks components by how much, and how early, their series left their usual range: deviation before and after the onset,
 * by kind of signal, without training. Where calls between components are known, what a called component explains is taken
 * from its callers. Deterministic.
 */

import type { Signal } from "../../system/picture.ts";
import { changePointOf } from "../../system/statistics/change-point.ts";
import { blocksOf } from "./blocks.ts";
import { neighboursOf, type Shifts, type Surroundings, type Weighed, weigh } from "./components.ts";
import { type Confidence, confidenceOf } from "./confidence.ts";
import { type MeasuredSeries, type MeasuredTable, usualStepMs } from "./measured.ts";
import { onsetRow } from "./onset.ts";
import { medianBetween, type PlannedWindow, type Shift, scaler, shiftsOf, usualLevel } from "./shift.ts";

/** What is asked of a table. */
export interface RankQuestion extends Surroundings {
  /** Epoch milliseconds at which the trouble began; found where it is not known. */
  readonly onsetMs?: number;
  /** Where the onset is not known: epoch milliseconds between which it is sought. @default from the middle to the end */
  readonly search?: { readonly fromMs: number; readonly toMs: number };
  /** Milliseconds after the onset that are judged. @default {600000} */
  readonly windowMs?: number;
}

/** The strongest movement of one signal of a component. */
export interface Move {
  readonly metric: string;
  readonly signal: Signal;
  readonly direction: "up" | "down" | "vanished";
  /** Spreads by which it left what is usual. */
  readonly z: number;
  /** Median of the baseline; `NaN` without one. */
  readonly before: number;
  /** Median of the window; `NaN` without one. */
  readonly after: number;
  /** Epoch milliseconds at which this series by itself moved. */
  readonly onsetMs?: number;
}

/** One component of a ranking. */
export interface RankedComponent extends Weighed {
  /** The strongest first. */
  readonly moves: readonly Move[];
  /** Epoch milliseconds of the earliest of its strong moves. */
  readonly onsetMs?: number;
}

/** Components by how likely each is where the trouble came from. */
export interface Ranking extends Confidence {
  /** Epoch milliseconds. */
  readonly onsetMs: number;
  readonly baseline: Span;
  readonly window: Span;
  /** The first is the likeliest; what did not move is not listed. */
  readonly components: readonly RankedComponent[];
  /** Series of which nothing could be said: too few values before the onset, or after it. */
  readonly skipped: readonly { readonly component: string; readonly metric: string }[];
}

/** A span of time and the moments in it. */
export interface Span {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds. */
  readonly toMs: number;
  readonly moments: number;
}

const WINDOW_MS = 600_000;
const LEAST_WINDOW = 3;
/** Share of the time before the onset that is left out, in case it began earlier than is known. */
const GUARD_RATIO = 0.1;
/** Blocks into which the baseline is cut, and rows of one at least. */
const MOST_BLOCKS = 12;
const LEAST_BLOCK = 5;
/** Share of the baseline that is left before a quiet window. */
const QUIET_BASELINE_RATIO = 0.3;
/** Components of which series are shown with their onsets. */
const MOST_SHOWN = 10;
/** Spreads from which a move is told. */
const TOLD_AT = 1;
/** Scores this near to each other are ordered by time, where the step is fine enough to tell. */
const TIE = { ratio: 0.05, stepMs: 15_000, steps: 2 } as const;
/** As far as a series goes that is not there any more: 100 percentage points, in its least spreads. */
const VANISHED_Z = 500;
const BOTH_WAYS: ReadonlySet<Signal> = new Set(["traffic", "network", "node"]);

/** Ranks the components of a table; `undefined` where nothing lies before the onset, or nothing after. */
export function rank(table: MeasuredTable, question: RankQuestion = {}): Ranking | undefined {
  const { atMs, series } = table;
  const onset = onsetOf(table, question);
  if (onset === undefined || onset < 2 || onset >= atMs.length) return undefined;
  const { bounds, window, quiet } = planAround(table, onset, question.windowMs ?? WINDOW_MS);
  const to = bounds.at(-1) ?? 0;
  const prepared = series.map((of) => ({ of, blocks: blocksOf(of, bounds) }));
  const scaleOf = scaler(prepared.map(({ of, blocks }) => ({ of, usual: usualLevel(blocks) })));
  const windows = [...quiet, window];
  const shifted = prepared.map(({ of, blocks }) => ({
    of,
    shifts: shiftsOf(of, { scale: scaleOf(of), blocks }, windows),
  }));
  const neighbours = neighboursOf(new Set(series.map(({ component }) => component)), question);
  const scored = windows.map((_, at) => {
    const moved = movesOf(shifted, at);
    return { moved, weighed: weigh(strongestOf(moved), question, neighbours) };
  });
  const { moved, weighed } = scored.pop() ?? { moved: [], weighed: [] };
  const seen = new Set(moved.map(({ of }) => of));
  const components = weighed.map((one, place) => {
    const own = place < MOST_SHOWN ? moved.filter(({ of }) => of.component === one.component) : [];
    return detailed(one, own, { table, window, to });
  });
  return {
    onsetMs: atMs[onset] ?? 0,
    baseline: spanOf(table, 0, to),
    window: spanOf(table, window.from, window.to),
    ...confidenceOf(
      weighed.map(({ score }) => score),
      scored.map(({ weighed: [first] }) => first?.score ?? 0),
    ),
    components: earlierFirst(components, table),
    skipped: series.filter((one) => !seen.has(one)).map(({ component, metric }) => ({ component, metric })),
  };
}

interface Shifted {
  readonly of: MeasuredSeries;
  /** In each of the windows. */
  readonly shifts: readonly (Shift | undefined)[];
}

interface Moved {
  readonly of: MeasuredSeries;
  readonly signal: Signal;
  readonly direction: Move["direction"];
  readonly z: number;
}

function onsetOf({ atMs, series }: MeasuredTable, { onsetMs, search }: RankQuestion): number | undefined {
  const rowAt = (ms: number): number => {
    const row = atMs.findIndex((at) => at >= ms);
    return row === -1 ? atMs.length : row;
  };
  if (onsetMs !== undefined) return rowAt(onsetMs);
  const from = search ? rowAt(search.fromMs) : Math.floor(atMs.length / 2);
  const to = search ? rowAt(search.toMs + 1) : atMs.length - 1;
  const rows = { from, to, end: Math.min(atMs.length, to + LEAST_WINDOW) };
  const scaleOf = scaler(series.map((of) => ({ of, usual: medianBetween(of.values, 0, from) })));
  return onsetRow(series, scaleOf, rows);
}

interface Around {
  /** Rows at which the blocks of the baseline begin, and the row after the last. */
  readonly bounds: readonly number[];
  readonly window: PlannedWindow;
  /** Windows of the same length in which nothing is known to have been wrong, each with what lay before it. */
  readonly quiet: readonly PlannedWindow[];
}

function planAround({ atMs }: MeasuredTable, onset: number, windowMs: number): Around {
  const endMs = (atMs[onset] ?? 0) + windowMs;
  const within = atMs.findIndex((at) => at > endMs);
  const end = Math.max(within === -1 ? atMs.length : within, onset + LEAST_WINDOW);
  const to = onset - Math.floor(onset * GUARD_RATIO);
  const blocks = Math.max(1, Math.min(MOST_BLOCKS, Math.floor(to / LEAST_BLOCK)));
  const bounds = Array.from({ length: blocks + 1 }, (_, index) => Math.floor((index * to) / blocks));
  const window = { blocks, from: onset, to: Math.min(atMs.length, end) };
  const length = window.to - window.from;
  const quiet = bounds
    .map((from, index) => ({ blocks: index, from, to: from + length }))
    .filter((one) => one.blocks >= blocks * QUIET_BASELINE_RATIO && one.to <= to);
  return { bounds, window, quiet };
}

/** What every series shows in one of the windows; those of which nothing can be said are left out. */
function movesOf(shifted: readonly Shifted[], at: number): readonly Moved[] {
  const gone = goneAmong(shifted, at);
  const moves: Moved[] = [];
  for (const { of, shifts } of shifted) {
    const shift = shifts[at];
    if (!shift) continue;
    const { signal } = of;
    if (shift.isLost && gone.has(of.component)) {
      moves.push({ of, signal: "error", direction: "vanished", z: VANISHED_Z });
      continue;
    }
    const isDown = BOTH_WAYS.has(signal) && shift.down > shift.up;
    moves.push({ of, signal, direction: isDown ? "down" : "up", z: isDown ? shift.down : shift.up });
  }
  return moves;
}

/** Components of which most series are gone: one that is gone alone may be what could not be told of another. */
function goneAmong(shifted: readonly Shifted[], at: number): ReadonlySet<string> {
  const lost = new Set(shifted.filter(({ shifts }) => shifts[at]?.isLost).map(({ of }) => of.component));
  if (lost.size === 0) return lost;
  const known = Map.groupBy(
    shifted.filter(({ of, shifts }) => shifts[at] !== undefined && lost.has(of.component)),
    ({ of }) => of.component,
  );
  const gone = [...known].filter(([, own]) => own.filter(({ shifts }) => shifts[at]?.isLost).length * 2 > own.length);
  return new Set(gone.map(([component]) => component));
}

function strongestOf(moved: readonly Moved[]): ReadonlyMap<string, Shifts> {
  const shifts = new Map<string, Shifts>();
  for (const { of, signal, z } of moved) {
    const own = shifts.get(of.component) ?? {};
    own[signal] = Math.max(own[signal] ?? 0, z);
    shifts.set(of.component, own);
  }
  return shifts;
}

function detailed(
  weighed: Weighed,
  moved: readonly Moved[],
  { table, window, to }: { readonly table: MeasuredTable; readonly window: PlannedWindow; readonly to: number },
): RankedComponent {
  const told = moved.filter(({ z }) => z >= TOLD_AT).toSorted((a, b) => b.z - a.z);
  const strongest = told.filter(({ signal }, at) => told.findIndex((one) => one.signal === signal) === at);
  const moves = strongest.map(({ of, signal, direction, z }): Move => {
    const points = table.atMs.slice(0, window.to).map((atMs, row) => ({ atMs, value: of.values[row] ?? Number.NaN }));
    const onsetMs = changePointOf(points)?.atMs;
    return {
      metric: of.metric,
      signal,
      direction,
      z,
      before: medianBetween(of.values, 0, to),
      after: medianBetween(of.values, window.from, window.to),
      // What changed long before has changed for another reason.
      ...(onsetMs !== undefined && onsetMs >= (table.atMs[to] ?? 0) && { onsetMs }),
    };
  });
  const onsets = moves.flatMap(({ z, onsetMs }) =>
    onsetMs !== undefined && z * 2 >= (moves[0]?.z ?? 0) ? onsetMs : [],
  );
  return { ...weighed, moves, ...(onsets.length > 0 && { onsetMs: Math.min(...onsets) }) };
}

/** Of two that score alike, the one that moved first; a coarse step cannot tell. */
function earlierFirst(components: readonly RankedComponent[], { atMs }: MeasuredTable): readonly RankedComponent[] {
  const stepMs = usualStepMs([atMs]);
  if (stepMs > TIE.stepMs) return components;
  const ordered = [...components];
  for (let place = 1; place < ordered.length; place++) {
    const [before, after] = [ordered[place - 1], ordered[place]];
    if (!before || !after || before.onsetMs === undefined || after.onsetMs === undefined) continue;
    const isTie = before.score - after.score <= before.score * TIE.ratio;
    if (isTie && before.onsetMs - after.onsetMs >= TIE.steps * stepMs) ordered.splice(place - 1, 2, after, before);
  }
  return ordered;
}

function spanOf({ atMs }: MeasuredTable, from: number, to: number): Span {
  return { fromMs: atMs[from] ?? 0, toMs: atMs[to - 1] ?? 0, moments: to - from };
}
