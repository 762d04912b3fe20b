/** An investigation as text: one line when it is over, its steps while it is under way. */

import type { Spending } from "../../core/diagnosis/investigation.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import { formatDurationMs } from "../../core/text/units.ts";
import type { InvestigationView } from "../../runtime/views/incident.ts";
import { tableLines } from "../table.ts";
import { ageOf, isoTime } from "../time.ts";
import { indented } from "./ticket.ts";

/** Newest steps that are shown of one that is under way. */
const MOST_STEPS = 20;

/** Who investigates, since when and how far, or what it came to and what it cost. */
export function renderInvestigation(view: InvestigationView, nowMs: number): readonly string[] {
  const { state, outcome, steps } = view;
  const words = investigationWords(view, nowMs);
  if (state !== "running")
    return ["", words, `  ${excerptOf(outcome)}`, ...totalWords(view).map((line) => `  ${line}`)];
  const shown = steps.slice(-MOST_STEPS).map(({ atMs, kind, summary }) => [isoTime(atMs), kind, excerptOf(summary)]);
  return ["", words, ...indented(tableLines(shown))];
}

/** One investigation on one line. */
export function investigationWords(view: InvestigationView, nowMs: number): string {
  const { id, engine, state, startedAtMs, endedAtMs, spent } = view;
  const tookMs = Math.max(0, (endedAtMs ?? startedAtMs) - startedAtMs);
  const how =
    state === "running" ? `under way for ${ageOf(startedAtMs, nowMs)}` : `${state} in ${formatDurationMs(tookMs)}`;
  return `Investigation ${id} by ${engine}: ${[how, ...spentWords(spent)].join(", ")}`;
}

/** What all investigations of the incident have cost together, where there was more than one. */
export function totalWords({ count, total }: Pick<InvestigationView, "count" | "total">): readonly string[] {
  if (count < 2) return [];
  return [
    `${count} investigations in all: ${[formatDurationMs(Math.round(total.wallMs)), ...spentWords(total)].join(", ")}`,
  ];
}

/** What was used up, in words; of an engine that asks no model only its queries. */
export function spentWords({ turns, tokens, toolCalls, usd }: Spending): readonly string[] {
  return [
    ...(toolCalls > 0 ? [`${toolCalls} ${toolCalls === 1 ? "query" : "queries"}`] : []),
    ...(turns > 0 ? [`${turns} ${turns === 1 ? "turn" : "turns"}, ${tokens} tokens, $${usd.toFixed(2)}`] : []),
  ];
}
