/** The answer to "what is wrong": what happened, why and how sure that is, what to do next, and the picture of it. Fits a small terminal. */

import { excerptOf } from "../../core/text/excerpt.ts";
import { wordWrap } from "../../core/text/word-wrap.ts";
import type { IncidentView } from "../../runtime/views/incident.ts";
import { padded } from "../table.ts";
import { type AnswerRow, answerRows } from "./answer-words.ts";
import { standingWords } from "./cause.ts";
import { type Drawn, renderDrawing } from "./drawing.ts";

/** For a terminal of so many columns. */
export interface AnswerOptions {
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Unbounded where it is not for a terminal. */
  readonly columns: number;
}

/** Lines of a terminal on which the whole answer is seen, the prompt below it included. */
const ROWS = 24;
/** Width where nothing bounds it. */
const COLUMNS = 80;
const MOST_CLAIMS = 3;
const LEAST_TITLE = 20;

/** What there is room for, the fullest first: the legend is the first to go, and the chart goes before the last claim. */
const FILLS: readonly Fill[] = [
  { claims: MOST_CLAIMS, chart: true, legend: true },
  { claims: MOST_CLAIMS, chart: true, legend: false },
  { claims: 2, chart: true, legend: false },
  { claims: 1, chart: true, legend: false },
  { claims: 2, chart: false, legend: false },
  { claims: 1, chart: false, legend: false },
];

interface Fill extends Drawn {
  readonly claims: number;
}

/** All of it, in at most as many lines as a small terminal has; the drawing is left out where even that does not help. */
export function renderAnswer(view: IncidentView, { nowMs, columns }: AnswerOptions): readonly string[] {
  const width = Math.min(columns, COLUMNS);
  const head = [titleOf(view, { nowMs, width }), ""];
  const filled = FILLS.map((fill) => [
    ...head,
    ...wrapped(answerRows(view, fill.claims), width),
    ...spaced(renderDrawing(view, width, fill)),
  ]);
  const bare = [...head, ...wrapped(answerRows(view, 1), width)];
  return filled.find(({ length }) => length < ROWS) ?? bare;
}

/** As much of the title as fits beside the state: all of it follows below. */
function titleOf(
  { incident }: IncidentView,
  { nowMs, width }: { readonly nowMs: number; readonly width: number },
): string {
  const { id, title } = incident;
  const state = `Incident ${id}, ${standingWords(incident, nowMs)}: `;
  return state + excerptOf(title, Math.max(LEAST_TITLE, width - state.length - 1));
}

/** Columns of the words on the left, and of the gap behind them. */
const LABEL = 9;

/** Rows of a word and a sentence, wrapped below the sentence. */
function wrapped(rows: readonly AnswerRow[], width: number): readonly string[] {
  return rows.flatMap(linesOf).flatMap(([label = "", text = ""]) => {
    const [first = "", ...rest] = wordWrap(`${padded(label || "-", LABEL - 2)}  ${text}`, width);
    return [padded(label, LABEL) + first.slice(LABEL), ...rest];
  });
}

/** Puts a command on its own line if it does not fit after the sentence. */
function linesOf({ label, text, command }: AnswerRow): readonly (readonly string[])[] {
  if (command === undefined) return [[label, text]];
  const whole = `${text} ${command}`;
  if (whole.length <= COLUMNS - LABEL) return [[label, whole]];
  return [
    [label, text],
    ["", command],
  ];
}

function spaced(lines: readonly string[]): readonly string[] {
  return lines.length > 0 ? ["", ...lines] : [];
}
