/** Series and verdicts over one time as drawings in SVG, which stretch to the page; what is read stands beside them as text. */

import type { Point } from "../../core/system/series.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import type { Span } from "../../database/mod.ts";
import type { DecisiveChart, VerdictHistory } from "../../runtime/views/decisive.ts";
import { quantityOf, shownPoints } from "../live/charts.ts";
import { utcClock } from "../plot.ts";
import { longestGapMs, type PlotScale, plotScale } from "../plot-scale.ts";
import { chartTitle } from "../records/drawing.ts";
import { clockTicks } from "./clock-ticks.ts";
import { type Html, html, NO_HTML } from "./html-text.ts";

/** A moment that is marked in every drawing. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly word: string;
}

/** The time that all drawings share. */
export interface ChartFrame {
  readonly span: Span;
  readonly moments: readonly Moment[];
}

/** Units of a drawing, independent of its size on the page. */
const WIDTH = 1000;
const HEIGHT = 100;
const STRIP_HEIGHT = 10;
/** Columns of which the least and the largest value are drawn. */
const COLUMNS = 500;
const MOST_TICKS = 4;
/** Nearer to an end of the scale than this share, the threshold has no label of its own; the title names it. */
const LABEL_SHARE = 0.28;
/** Nearer to an end of the time than this share, a label would stand out of the drawing. */
const EDGE_SHARE = { tick: 0.08, moment: 0.2 } as const;

/** One series with its scale, its threshold and clock times. */
export function seriesFigure(chart: DecisiveChart, frame: ChartFrame): Html {
  const { kind, window, limit } = chart;
  const points = shownPoints({ kind, window }).filter(({ atMs }) => isWithin(atMs, frame.span));
  const scale = plotScale(points, limit);
  const yOf = (value: number): number => (1 - shareOf(value, scale)) * HEIGHT;
  const title = chartTitle(chart);
  return html`<figure class="series">
<figcaption>${title}</figcaption>
<div class="plot">
<div class="scale">${scaleLabels(scale, limit, (value) => quantityOf(kind, value))}</div>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${`${title}: ${rangeWords(chart, points)}`}">${momentLines(frame, HEIGHT)}${
    limit === undefined ? NO_HTML : html`<path class="limit" d="M0 ${placed(yOf(limit))}H${WIDTH}"/>`
  }<path class="line" d="${pathOf(points, frame.span, yOf)}"/></svg>
${timeScale(frame)}
</div>
</figure>
`;
}

/** When each ticket's invariant held, was violated, or was not known. */
export function verdictFigure(verdicts: readonly VerdictHistory[], frame: ChartFrame): Html {
  const strips = verdicts.map(({ invariant, on, changes }) => {
    const name = excerptOf(`${invariant} of ${on}`);
    const spells = spellsOf(changes, frame.span);
    const said = spells.map(({ verdict, fromMs }) => `${verdict} from ${utcClock(fromMs)}`).join(", ");
    return html`<p class="strip">${name}</p>
<svg class="strip" viewBox="0 0 ${WIDTH} ${STRIP_HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${`${name}: ${said}`}">${spells.map((spell) => stripPart(spell, frame.span))}${momentLines(frame, STRIP_HEIGHT)}</svg>
`;
  });
  return html`<figure class="verdicts">
<figcaption>Verdicts <span class="key violated">violated</span> <span class="key holds">holds</span> <span class="key unknown">unknown</span></figcaption>
<div class="plot">
${strips}${timeScale(frame)}
</div>
</figure>
`;
}

interface Spell extends Span {
  readonly verdict: VerdictHistory["changes"][number]["verdict"];
}

/** Before the first change nothing is known. */
function spellsOf(changes: VerdictHistory["changes"], { fromMs, toMs }: Span): readonly Spell[] {
  const known = [{ atMs: fromMs, verdict: "unknown" as const }, ...changes];
  return known
    .map(({ atMs, verdict }, index) => {
      return { verdict, fromMs: Math.max(fromMs, atMs), toMs: Math.min(toMs, known[index + 1]?.atMs ?? toMs) };
    })
    .filter((spell) => spell.toMs > spell.fromMs);
}

/** Violated is as high as the strip, so that it is seen without colours, too. */
function stripPart({ verdict, fromMs, toMs }: Spell, span: Span): Html {
  const from = xOf(fromMs, span);
  const height = { violated: STRIP_HEIGHT, holds: 3, unknown: 1 }[verdict];
  return html`<rect class="${verdict}" x="${placed(from)}" y="${STRIP_HEIGHT - height}" width="${placed(Math.max(2, xOf(toMs, span) - from))}" height="${height}"><title>${`${verdict} from ${utcClock(fromMs)} to ${utcClock(toMs)}`}</title></rect>`;
}

function momentLines({ span, moments }: ChartFrame, height: number): readonly Html[] {
  const ticks = clockTicks(span, MOST_TICKS).map(({ atMs }) => ({ atMs, name: "tick", word: "" }));
  return [...ticks, ...moments.map((moment) => ({ ...moment, name: "moment" }))].map(
    ({ atMs, name }) => html`<path class="${name}" d="M${placed(xOf(atMs, span))} 0V${height}"/>`,
  );
}

/** Round clock times, and below them the moments that matter, each on a line of its own. */
function timeScale({ span, moments }: ChartFrame): Html {
  const ticks = clockTicks(span, MOST_TICKS).map(({ atMs, label }) =>
    timeLabel(label, xOf(atMs, span) / WIDTH, EDGE_SHARE.tick),
  );
  const marks = moments.map(
    ({ atMs, word }) =>
      html`<div class="moments">${timeLabel(`${utcClock(atMs)} ${word}`, xOf(atMs, span) / WIDTH, EDGE_SHARE.moment)}</div>`,
  );
  return html`<div class="unit">UTC</div>
<div class="times">${ticks}</div>
${marks}`;
}

/** Centred below its time, but for those near an end. */
function timeLabel(label: string, share: number, edge: number): Html {
  if (share < edge) return html`<span class="from" style="left:${placed(share * 100)}%">${label}</span>`;
  if (share > 1 - edge) return html`<span class="to" style="right:${placed((1 - share) * 100)}%">${label}</span>`;
  return html`<span class="at" style="left:${placed(share * 100)}%">${label}</span>`;
}

function scaleLabels(scale: PlotScale, limit: number | undefined, format: (value: number) => string): readonly Html[] {
  const share = limit === undefined ? undefined : shareOf(limit, scale);
  const isApart = share !== undefined && share > LABEL_SHARE && share < 1 - LABEL_SHARE;
  return [
    // Where a series is as good as flat, both ends read the same.
    ...(format(scale.top) === format(scale.base) ? [] : [html`<span class="top">${format(scale.top)}</span>`]),
    ...(isApart && limit !== undefined
      ? [html`<span class="limit" style="top:${placed((1 - share) * 100)}%">${format(limit)}</span>`]
      : []),
    html`<span class="base">${format(scale.base)}</span>`,
  ];
}

function rangeWords({ kind }: DecisiveChart, points: readonly Point[]): string {
  if (points.length === 0) return "no samples";
  const values = points.map(({ value }) => value);
  const [least, largest] = [Math.min(...values), Math.max(...values)];
  return `from ${quantityOf(kind, least)} to ${quantityOf(kind, largest)}`;
}

/** A line through all points, or through the least and the largest of each column; it breaks where samples did not come. */
function pathOf(points: readonly Point[], span: Span, yOf: (value: number) => number): string {
  const gapMs = longestGapMs(points);
  return thinned(points, span)
    .map(({ atMs, value }, index, all) => {
      const before = all[index - 1];
      const isApart = !before || atMs - before.atMs > Math.max(gapMs, (span.toMs - span.fromMs) / COLUMNS);
      // A line of no length is a dot.
      return `${isApart ? "M" : "L"}${placed(xOf(atMs, span))} ${placed(yOf(value))}${isApart ? "h0" : ""}`;
    })
    .join("");
}

function thinned(points: readonly Point[], { fromMs, toMs }: Span): readonly Point[] {
  if (points.length <= 2 * COLUMNS) return points;
  const columns = Map.groupBy(points, ({ atMs }) => Math.floor(((atMs - fromMs) / (toMs - fromMs)) * COLUMNS));
  return [...columns.values()].flatMap((column) => {
    const sorted = column.toSorted((a, b) => a.value - b.value);
    const ends = new Set([sorted[0], sorted.at(-1)]);
    return column.filter((point) => ends.has(point));
  });
}

function shareOf(value: number, { top, base }: PlotScale): number {
  return top === base ? 0 : (value - base) / (top - base);
}

function xOf(atMs: number, { fromMs, toMs }: Span): number {
  return Math.min(1, Math.max(0, (atMs - fromMs) / Math.max(1, toMs - fromMs))) * WIDTH;
}

function isWithin(atMs: number, { fromMs, toMs }: Span): boolean {
  return atMs >= fromMs && atMs <= toMs;
}

function placed(value: number): number {
  return Math.round(value * 100) / 100;
}
