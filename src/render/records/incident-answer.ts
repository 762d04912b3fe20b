/** The answer to "what is wrong": what happened, why and how sure that is, what to do next, and the picture of it. Fits a small terminal. */

import type { CheckedClaim } from "../../core/diagnosis/hypothesis.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import { formatDurationMs } from "../../core/text/units.ts";
import { wordWrap } from "../../core/text/word-wrap.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import type { DecisiveView } from "../../runtime/views/decisive.ts";
import type { IncidentView } from "../../runtime/views/incident.ts";
import { quantityOf, shownPoints } from "../live/charts.ts";
import { type Frame, plotLines, timeAxis, utcClock, verdictStrip } from "../plot.ts";
import { padded } from "../table.ts";
import { ageOf, isoTime } from "../time.ts";
import { causeWords, chainWords, endOf } from "./cause.ts";
import { renderLadder } from "./ladder.ts";
import { nextStep } from "./next-step.ts";

/** For a terminal of so many columns. */
export interface AnswerOptions {
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Unbounded where it is not for a terminal. */
  readonly columns: number;
}

/** Lines of a terminal on which the whole answer is seen, the prompt below it included. */
const ROWS = 24;
/** Width of what is drawn where nothing bounds it. */
const COLUMNS = 80;
const PLOT_ROWS = 4;
const LEAST_CELLS = 20;
/** Widest name beside a drawing. */
const MOST_GUTTER = 34;
const MOST_CLAIMS = 3;
/** Other causes that were confirmed before. */
const MOST_EARLIER = 2;
const LEAST_TITLE = 20;
const LEGEND = "█ violated  ▁ holds  · unknown";

/** What there is room for, the fullest first: the legend is the first to go, and the chart goes before the last claim. */
const FILLS: readonly Fill[] = [
  { claims: MOST_CLAIMS, chart: true, legend: true },
  { claims: MOST_CLAIMS, chart: true, legend: false },
  { claims: 2, chart: true, legend: false },
  { claims: 1, chart: true, legend: false },
  { claims: 2, chart: false, legend: false },
  { claims: 1, chart: false, legend: false },
];

interface Fill {
  readonly claims: number;
  readonly chart: boolean;
  readonly legend: boolean;
}

/** All of it, in at most as many lines as a small terminal has; the drawing is left out where even that does not help. */
export function renderAnswer(view: IncidentView, { nowMs, columns }: AnswerOptions): readonly string[] {
  const width = Math.min(columns, COLUMNS);
  const head = [titleOf(view, { nowMs, width }), ""];
  const filled = FILLS.map((fill) => [
    ...head,
    ...wrapped(wordsOf(view, fill.claims), width),
    ...spaced(drawingOf(view, width, fill)),
  ]);
  const bare = [...head, ...wrapped(wordsOf(view, 1), width)];
  return filled.find(({ length }) => length < ROWS) ?? bare;
}

/** As much of the title as fits beside the state: all of it follows below. */
function titleOf(
  { incident }: IncidentView,
  { nowMs, width }: { readonly nowMs: number; readonly width: number },
): string {
  const { id, title, beganAtMs, resolvedAtMs } = incident;
  const lasted =
    resolvedAtMs === undefined
      ? `for ${ageOf(beganAtMs, nowMs)}`
      : `after ${formatDurationMs(Math.round((resolvedAtMs - beganAtMs) / 1000) * 1000)}`;
  const state = `Incident ${id}, ${endOf(incident)} ${lasted}: `;
  return state + excerptOf(title, Math.max(LEAST_TITLE, width - state.length - 1));
}

function wordsOf(view: IncidentView, mostClaims: number): readonly (readonly string[])[] {
  const { incident, tickets, diagnosis, earlier, safety } = view;
  const cause = diagnosis?.cause;
  const claims = cause ? decisiveClaims(cause.claims).slice(0, mostClaims) : [];
  const chain = diagnosis && chainWords(diagnosis);
  const next = nextStep({ ...view, halted: safety.halt !== undefined }) ?? endWords(view);
  return [
    ["What", whatWords(tickets)],
    ["Since", `${isoTime(incident.beganAtMs)}; ${countWords(tickets)}`],
    ["Why", causeWords(diagnosis)],
    ...claims.map((claim, index) => [index === 0 ? "Because" : "", excerptOf(claim.figure, 150)]),
    ...earlier.slice(-MOST_EARLIER).map((one) => ["Before", `${causeWords(one)} (${utcClock(one.atMs)} UTC)`]),
    ...(chain === undefined ? [] : [["Spreads", chain]]),
    ...nextRows(next),
    ["Actions", renderLadder(safety.ladder, safety.halt)],
  ];
}

/** A command that a person copies stands on a line of its own where the sentence before it leaves no room. */
function nextRows(next: string): readonly (readonly string[])[] {
  const [, sentence, command] = /^(.*:) (operator .*)$/.exec(next) ?? [];
  if (sentence === undefined || command === undefined || next.length <= COLUMNS - LABEL) return [["Next", next]];
  return [
    ["Next", sentence],
    ["", command],
  ];
}

/** Columns of the words on the left, and of the gap behind them. */
const LABEL = 9;

function whatWords([first]: readonly Ticket[]): string {
  if (!first) return "Its tickets are gone";
  return `${excerptOf(first.problem.summary, 200)} (${first.invariant})`;
}

function countWords(tickets: readonly Ticket[]): string {
  const open = tickets.filter(({ state }) => state === "open").length;
  const all = `${tickets.length} ${tickets.length === 1 ? "ticket" : "tickets"}`;
  return open === tickets.length ? `${all}, open` : `${all}, ${open === 0 ? "none" : open} open`;
}

/** By how directly each kind of claim shows the cause: its own words first, what an invariant says of it last. */
const DIRECTNESS: readonly CheckedClaim["predicate"]["kind"][] = [
  "logged",
  "inspected",
  "changed",
  "stepped",
  "state-is",
  "link-broken",
  "moved",
  "level",
  "link-works",
  "order",
  "verdict-is",
];

/** What bears the cause out, the most direct first; of what one invariant says of many entities, once. */
function decisiveClaims(claims: readonly CheckedClaim[]): readonly CheckedClaim[] {
  const carried = claims
    .filter(({ side, outcome }) => side === "for" && outcome === "true")
    .toSorted((a, b) => directness(a) - directness(b));
  const named = new Map(carried.toReversed().map((claim) => [nameOf(claim), claim]));
  return carried.filter((claim) => named.get(nameOf(claim)) === claim);
}

function nameOf({ predicate }: CheckedClaim): string {
  return predicate.kind === "verdict-is" ? predicate.invariant : JSON.stringify(predicate);
}

/** That a component is down is what everybody sees; what its process and its probe show says why. */
function directness({ predicate }: CheckedClaim): number {
  const isPlain = predicate.kind === "state-is" && predicate.path === "state";
  return DIRECTNESS.indexOf(predicate.kind) + (isPlain ? 0.5 : 0);
}

/** Of an incident that is over: who ended it, and what is left. */
function endWords({ incident, actions }: IncidentView): string {
  const { outcome, closing, mergedInto } = incident;
  const left = closing?.remains ? ` Its cause is still there: ${excerptOf(closing.remains.join("; "), 200)}` : "";
  const fixed = actions.find(({ run }) => run.state === "verified" || run.state === "helped");
  if (mergedInto !== undefined)
    return `Nothing. It is part of incident ${mergedInto}: operator incidents show ${mergedInto}`;
  if (outcome === "action" && fixed) return `Nothing. Action ${fixed.run.id} (${fixed.run.action}) fixed it.${left}`;
  if (outcome === "person") return `Nothing. A person ended it.${left}`;
  return `Nothing. It recovered without an action.${left}`;
}

function drawingOf({ decisive, incident }: IncidentView, width: number, fill: Fill): readonly string[] {
  const { chart, verdicts, span } = decisive;
  if (span.toMs <= span.fromMs) return [];
  const names = verdicts.map(({ invariant, on }) => excerptOf(`${invariant} of ${on}`, MOST_GUTTER));
  const gutter = Math.max(10, ...names.map((name) => Bun.stringWidth(name)));
  const frame: Frame = { ...span, cells: Math.max(LEAST_CELLS, width - gutter - 1) };
  const strips = verdicts.map(
    ({ changes }, index) => `${padded(names[index] ?? "", gutter)} ${verdictStrip(changes, frame)}`,
  );
  const axis = timeAxis(frame, { atMs: incident.beganAtMs, word: "began" });
  const legend = fill.legend && strips.length > 0 ? [`${" ".repeat(gutter)} ${LEGEND}`] : [];
  return [
    ...(chart && fill.chart ? chartLines(chart, frame, gutter) : []),
    ...strips,
    `${padded("UTC", gutter, "left")} ${axis}`,
    ...legend,
  ];
}

function chartLines(
  { kind, window, limit }: NonNullable<DecisiveView["chart"]>,
  frame: Frame,
  gutter: number,
): readonly string[] {
  const format = (value: number): string => quantityOf(kind, value);
  const threshold = limit === undefined ? "" : `, threshold ${format(limit)}`;
  const plot = { points: shownPoints({ kind, window }), format, ...(limit !== undefined && { limit }) };
  return [
    `${kind.name} of ${window.labels["component"] ?? "?"}${threshold}`,
    ...plotLines(plot, frame, { rows: PLOT_ROWS, gutter }),
  ];
}

/** Rows of a word and a sentence, wrapped below the sentence. */
function wrapped(rows: readonly (readonly string[])[], width: number): readonly string[] {
  return rows.flatMap(([label = "", text = ""]) => {
    const [first = "", ...rest] = wordWrap(`${padded(label || "-", LABEL - 2)}  ${text}`, width);
    return [padded(label, LABEL) + first.slice(LABEL), ...rest];
  });
}

function spaced(lines: readonly string[]): readonly string[] {
  return lines.length > 0 ? ["", ...lines] : [];
}
