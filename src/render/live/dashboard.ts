/** The dashboard of one instance, as `operator watch` and the demo draw it. Pure state to lines. */

import type { LoadTick } from "../../core/subject/load-report.ts";
import type { Component, State } from "../../core/system/picture.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import { type Tone, tinted } from "../../core/text/tones.ts";
import { formatDurationMs } from "../../core/text/units.ts";
import type { Verdict } from "../../core/words/verdict.ts";
import type { InstanceView } from "../../runtime/views/instance.ts";
import { renderTick } from "../lab/load.ts";
import { renderLadder } from "../records/ladder.ts";
import { summaryBeside } from "../summary.ts";
import { tableLines } from "../table.ts";
import { ageOf, clockTime } from "../time.ts";
import { chartRows, sparkline } from "./charts.ts";
import type { News } from "./news.ts";
import { renderOpenWork } from "./open-work.ts";
import { worstFirst, worstLines } from "./unhealthy.ts";

/** All that one dashboard follows from. */
export interface Dashboard {
  readonly title: string;
  /** What this process is doing about it; empty where there is nothing to say. */
  readonly status: string;
  /** How the instance stands; absent while nothing is watched. */
  readonly view?: InstanceView;
  /** Every component with its state, where these are to be shown. */
  readonly components?: readonly Pick<Component, "id" | "state">[];
  /** The last seconds of our own traffic, oldest first. */
  readonly traffic?: readonly LoadTick[];
  /** Newest last. */
  readonly news?: readonly News[];
  /** What a person can do. */
  readonly hint?: string;
}

/** How dashboards are drawn. */
export interface DashboardOptions {
  /** Epoch milliseconds. */
  readonly nowMs: number;
  readonly colour: boolean;
  readonly columns: number;
}

/** So many changes of verdicts, and so many of tickets and incidents, which would drown in them. */
const MOST_NEWS = 4;
const INDENT = "  ";
const MOST_TRACKS = 12;
const TONES = { up: "good", down: "bad", holds: "good", violated: "bad", unknown: "warn" } as const satisfies Readonly<
  Record<State | Verdict, Tone>
>;
const MARKS: Readonly<Record<State, string>> = { up: "●", down: "✕", unknown: "?" };

/** The lines of one dashboard, what is wrong first. */
export function renderDashboard(dashboard: Dashboard, options: DashboardOptions): readonly string[] {
  const { title, status, view, components = [], traffic = [], news = [], hint } = dashboard;
  const { colour } = options;
  return [
    `${tinted("strong", title, colour)}${status === "" ? "" : `  ${tinted("dim", status, colour)}`}`,
    ...indented([
      ...(components.length > 0 ? [components.map((one) => renderComponent(one, colour)).join("   ")] : []),
      ...renderTraffic(traffic, colour),
      ...(view ? renderView(view, options) : []),
      ...news.map(({ atMs, tone, text }) => `${tinted("dim", clockTime(atMs), colour)} ${tinted(tone, text, colour)}`),
      ...(hint === undefined ? [] : [tinted("dim", hint, colour)]),
    ]),
    "",
  ];
}

/** A dashboard with one more change, and without the oldest of its kind where there are many. */
export function withNews(dashboard: Dashboard, news: News): Dashboard {
  const { news: earlier = [] } = dashboard;
  const alike = (one: News): boolean => (one.data["kind"] === "verdict") === (news.data["kind"] === "verdict");
  const kept = [...earlier.filter(alike), news].slice(-MOST_NEWS);
  const all = [...earlier.filter((one) => !alike(one)), ...kept];
  return { ...dashboard, news: all.toSorted((a, b) => a.atMs - b.atMs) };
}

function renderView(view: InstanceView, options: DashboardOptions): readonly string[] {
  const { nowMs, colour, columns } = options;
  return [
    renderCounts(view, options),
    tinted(view.safety.halt ? "bad" : "dim", `actions ${renderLadder(view.safety.ladder, view.safety.halt)}`, colour),
    ...renderOpenWork(view).map((line) => tinted("bad", line, colour)),
    ...renderEntities(view, options),
    ...tableLines(chartRows(view.charts, { nowMs, columns: columns - INDENT.length })),
  ];
}

function renderComponent({ id, state }: Pick<Component, "id" | "state">, colour: boolean): string {
  return tinted(TONES[state], `${MARKS[state]} ${id}`, colour);
}

/** The last second as words, and all of them as a shape. */
function renderTraffic(ticks: readonly LoadTick[], colour: boolean): readonly string[] {
  const last = ticks.at(-1);
  if (!last) return [];
  const shape = sparkline(ticks.map(({ ratePerSecond, failed }) => ratePerSecond - failed));
  return [tinted(last.failed > 0 ? "bad" : "plain", renderTick(last), colour), tinted("dim", shape, colour)];
}

function renderCounts({ checkup, tickets }: InstanceView, { colour }: DashboardOptions): string {
  if (!checkup) return tinted("dim", "no checkup yet", colour);
  const { holds, violated, unknown, atMs, elapsedMs, failed } = checkup;
  const open = tickets.length;
  const counts = [
    tinted(violated > 0 ? "bad" : "dim", `${violated} violated`, colour),
    tinted(unknown > 0 ? "warn" : "dim", `${unknown} unknown`, colour),
    tinted("good", `${holds} hold`, colour),
    tinted(open > 0 ? "bad" : "dim", `${open} ${open === 1 ? "ticket" : "tickets"} open`, colour),
    tinted("dim", `checkup ${clockTime(atMs)} in ${formatDurationMs(Math.round(elapsedMs))}`, colour),
  ];
  const blind = failed === undefined ? [] : [tinted("warn", excerptOf(failed), colour)];
  return [...counts, ...blind].join("  ");
}

function renderEntities(
  { entityStates, severities, tickets }: InstanceView,
  { nowMs, colour }: DashboardOptions,
): readonly string[] {
  const held = new Set(tickets.filter(({ held }) => held).map(({ invariant, on }) => `${invariant} ${on}`));
  const rows = worstFirst(entityStates, severities);
  const shown = rows.slice(0, MOST_TRACKS);
  const lines = worstLines(shown, ({ verdict, invariant, entity, verdictSinceMs, summary, ticketOn }) => [
    tinted(TONES[verdict], verdict, colour),
    invariant,
    entity,
    ageOf(verdictSinceMs, nowMs),
    ticketOn === undefined ? "" : held.has(`${invariant} ${ticketOn}`) ? "held" : "ticket",
    excerptOf(summaryBeside(entity, summary)),
  ]);
  const left = rows.slice(MOST_TRACKS).reduce((sum, { leftOut }) => sum + 1 + leftOut, 0);
  const more = left > 0 ? [tinted("dim", `and ${left} more`, colour)] : [];
  return [...lines, ...more];
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `${INDENT}${line}`);
}
