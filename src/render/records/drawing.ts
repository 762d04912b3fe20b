/** The series by which an incident is seen, and its verdicts, as lines of text over one time. */

import { excerptOf } from "../../core/text/excerpt.ts";
import type { DecisiveChart } from "../../runtime/views/decisive.ts";
import type { IncidentView } from "../../runtime/views/incident.ts";
import { quantityOf, shownPoints } from "../live/charts.ts";
import { type Frame, plotLines, timeAxis, verdictStrip } from "../plot.ts";
import { padded } from "../table.ts";

/** What of it is drawn. */
export interface Drawn {
  readonly chart: boolean;
  readonly legend: boolean;
  /** Series that are cited beside the decisive one, too. @default false */
  readonly cited?: boolean;
}

const PLOT_ROWS = 4;
const LEAST_CELLS = 20;
/** Room for the values beside a plot, and for the widest name beside a strip. */
const GUTTER = { least: 10, most: 34 } as const;
const LEGEND = "█ violated  ▁ holds  · unknown";

/** Series and verdicts, of so many columns; nothing where there is no time to draw. */
export function renderDrawing({ decisive, incident }: IncidentView, width: number, drawn: Drawn): readonly string[] {
  const { chart, cited, verdicts, span } = decisive;
  if (span.toMs <= span.fromMs) return [];
  const names = verdicts.map(({ invariant, on }) => excerptOf(`${invariant} of ${on}`, GUTTER.most));
  const gutter = Math.max(GUTTER.least, ...names.map((name) => Bun.stringWidth(name)));
  const frame: Frame = { ...span, cells: Math.max(LEAST_CELLS, width - gutter - 1) };
  const strips = verdicts.map(
    ({ changes }, index) => `${padded(names[index] ?? "", gutter)} ${verdictStrip(changes, frame)}`,
  );
  const axis = timeAxis(frame, { atMs: incident.beganAtMs, word: "began" });
  const charts = [...(chart && drawn.chart ? [chart] : []), ...(drawn.cited ? cited : [])];
  return [
    ...charts.flatMap((one) => chartLines(one, frame, gutter)),
    ...strips,
    `${padded("UTC", gutter, "left")} ${axis}`,
    ...(drawn.legend && strips.length > 0 ? [`${" ".repeat(gutter)} ${LEGEND}`] : []),
  ];
}

/** What a chart shows, whose it is, and its threshold where it has one. */
export function chartTitle({ kind, window, limit }: DecisiveChart): string {
  const { component = "?", ...others } = window.labels;
  const rest = Object.entries(others).map(([name, value]) => `${name} ${value}`);
  const threshold = limit === undefined ? [] : [`threshold ${quantityOf(kind, limit)}`];
  return excerptOf([`${kind.name} of ${component}`, ...rest, ...threshold].join(", "));
}

function chartLines(chart: DecisiveChart, frame: Frame, gutter: number): readonly string[] {
  const { kind, window, limit } = chart;
  const format = (value: number): string => quantityOf(kind, value);
  const plot = { points: shownPoints({ kind, window }), format, ...(limit !== undefined && { limit }) };
  return [chartTitle(chart), ...plotLines(plot, frame, { rows: PLOT_ROWS, gutter })];
}
