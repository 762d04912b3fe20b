/** The live view of `operator watch`: one panel per instance, what is wrong first. Pure state to lines. */

import { excerptOf } from "../core/text/excerpt.ts";
import { type Tone, tinted } from "../core/text/tones.ts";
import { formatDurationMs } from "../core/text/units.ts";
import type { Track } from "../core/tickets/track.ts";
import type { Verdict } from "../core/words/verdict.ts";
import type { CheckupRow } from "../database/mod.ts";
import { type Chart, chartRows } from "./charts.ts";
import type { News } from "./news.ts";
import { type OpenWork, renderOpenWork } from "./open-work.ts";
import { tableLines } from "./table.ts";
import { ageOf, clockTime } from "./time.ts";
import { type Severities, worstFirst, worstLines } from "./worst.ts";

/** All that one panel follows from. */
export interface Panel extends OpenWork {
  readonly title: string;
  /** What this process is doing about it. */
  readonly status: string;
  /** The newest one; absent before the first. */
  readonly checkup?: CheckupRow;
  readonly tracks: readonly Pick<Track, "invariant" | "entity" | "verdict" | "verdictSinceMs" | "summary" | "ticket">[];
  readonly severities: Severities;
  readonly charts: readonly Chart[];
  /** Newest last. */
  readonly news: readonly News[];
}

/** How panels are drawn. */
export interface PanelOptions {
  /** Epoch milliseconds. */
  readonly nowMs: number;
  readonly colour: boolean;
  readonly columns: number;
}

const INDENT = "  ";
const MOST_TRACKS = 12;
const TONES: Readonly<Record<Verdict, Tone>> = { holds: "good", violated: "bad", unknown: "warn" };

/** The lines of one panel. */
export function renderPanel(panel: Panel, options: PanelOptions): readonly string[] {
  const { title, status, charts } = panel;
  return [
    `${tinted("strong", title, options.colour)}  ${tinted("dim", status, options.colour)}`,
    renderCounts(panel, options),
    ...renderOpenWork(panel).map((line) => tinted("bad", `  ${line}`, options.colour)),
    ...renderTracks(panel, options),
    ...tableLines(chartRows(charts, { nowMs: options.nowMs, columns: options.columns - INDENT.length })).map(
      (line) => `${INDENT}${line}`,
    ),
    ...panel.news.map(
      ({ atMs, tone, text }) =>
        `  ${tinted("dim", clockTime(atMs), options.colour)} ${tinted(tone, text, options.colour)}`,
    ),
    "",
  ];
}

function renderCounts({ checkup, tracks }: Panel, { colour }: PanelOptions): string {
  if (!checkup) return tinted("dim", "  no checkup yet", colour);
  const { holds, violated, unknown, atMs, elapsedMs, failed } = checkup;
  const open = tracks.filter(({ ticket }) => ticket?.state === "open").length;
  const counts = [
    tinted(violated > 0 ? "bad" : "dim", `${violated} violated`, colour),
    tinted(unknown > 0 ? "warn" : "dim", `${unknown} unknown`, colour),
    tinted("good", `${holds} hold`, colour),
    tinted(open > 0 ? "bad" : "dim", `${open} ${open === 1 ? "ticket" : "tickets"} open`, colour),
    tinted("dim", `checkup ${clockTime(atMs)} in ${formatDurationMs(Math.round(elapsedMs))}`, colour),
  ];
  const blind = failed === undefined ? [] : [tinted("warn", excerptOf(failed), colour)];
  return `  ${[...counts, ...blind].join("  ")}`;
}

function renderTracks({ tracks, severities }: Panel, { nowMs, colour }: PanelOptions): readonly string[] {
  const rows = worstFirst(tracks, severities);
  const shown = rows.slice(0, MOST_TRACKS);
  const lines = worstLines(shown, ({ verdict, invariant, entity, verdictSinceMs, summary, ticket }) => [
    tinted(TONES[verdict], verdict, colour),
    invariant,
    entity,
    ageOf(verdictSinceMs, nowMs),
    ticket?.state === "open" ? (ticket.held ? "held" : "ticket") : "",
    excerptOf(summary),
  ]);
  const left = rows.slice(MOST_TRACKS).reduce((sum, { leftOut }) => sum + 1 + leftOut, 0);
  const more = left > 0 ? [tinted("dim", `and ${left} more`, colour)] : [];
  return [...lines, ...more].map((line) => `  ${line}`);
}
