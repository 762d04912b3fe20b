/** The live view of `operator watch`: one panel per instance, what is wrong first. Pure state to lines. */

import { excerptOf } from "../../core/excerpt.ts";
import type { Incident } from "../../core/incident.ts";
import type { Verdict } from "../../core/invariant.ts";
import type { Track } from "../../core/track.ts";
import { formatDurationMs } from "../../core/units.ts";
import type { CheckupRow } from "../../database/mod.ts";
import { tableLines } from "../../terminal/table.ts";
import { type Tone, tinted } from "../../terminal/text.ts";
import { type Chart, chartCells } from "./charts.ts";
import type { News } from "./news.ts";
import { ageOf, clockTime } from "./time.ts";

/** All that one panel follows from. */
export interface Panel {
  readonly title: string;
  /** What this process is doing about it. */
  readonly status: string;
  /** The newest one; absent before the first. */
  readonly checkup?: CheckupRow;
  readonly tracks: readonly Pick<Track, "invariant" | "entity" | "verdict" | "verdictSinceMs" | "summary" | "ticket">[];
  /** Those that are not resolved. */
  readonly incidents: readonly Incident[];
  readonly charts: readonly Chart[];
  /** Newest last. */
  readonly news: readonly News[];
}

/** How panels are drawn. */
export interface PanelOptions {
  /** Epoch milliseconds. */
  readonly nowMs: number;
  readonly colour: boolean;
}

const MOST_TRACKS = 12;
const TONES: Readonly<Record<Verdict, Tone>> = { holds: "good", violated: "bad", unknown: "warn" };

/** The lines of one panel. */
export function renderPanel(panel: Panel, options: PanelOptions): readonly string[] {
  const { title, status, charts } = panel;
  return [
    `${tinted("strong", title, options.colour)}  ${tinted("dim", status, options.colour)}`,
    renderCounts(panel, options),
    ...renderTracks(panel, options),
    ...panel.incidents.map(({ id, state, title }) =>
      tinted("bad", `  incident ${id} ${state}: ${excerptOf(title)}`, options.colour),
    ),
    ...tableLines(charts.map(chartCells)).map((line) => `  ${line}`),
    ...panel.news.map(
      ({ atMs, tone, text }) =>
        `  ${tinted("dim", clockTime(atMs), options.colour)} ${tinted(tone, text, options.colour)}`,
    ),
    "",
  ];
}

/** What does not hold: violated before unknown, and what has been so for longest before the rest. */
export function worstFirst<T extends Pick<Track, "verdict" | "verdictSinceMs">>(tracks: readonly T[]): readonly T[] {
  const since = (wanted: Verdict): readonly T[] =>
    tracks.filter(({ verdict }) => verdict === wanted).toSorted((a, b) => a.verdictSinceMs - b.verdictSinceMs);
  return [...since("violated"), ...since("unknown")];
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

function renderTracks({ tracks }: Panel, { nowMs, colour }: PanelOptions): readonly string[] {
  const wrong = worstFirst(tracks);
  const rows = wrong
    .slice(0, MOST_TRACKS)
    .map(({ verdict, invariant, entity, verdictSinceMs, summary, ticket }) => [
      tinted(TONES[verdict], verdict, colour),
      invariant,
      entity,
      ageOf(verdictSinceMs, nowMs),
      ticket?.state === "open" ? (ticket.held ? "held" : "ticket") : "",
      excerptOf(summary),
    ]);
  const more = wrong.length > MOST_TRACKS ? [tinted("dim", `  and ${wrong.length - MOST_TRACKS} more`, colour)] : [];
  return [...tableLines(rows).map((line) => `  ${line}`), ...more];
}
