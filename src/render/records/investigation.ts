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
  const { id, engine, state, startedAtMs, endedAtMs, outcome, spent, steps, count } = view;
  const title = `Investigation ${id} by ${engine}`;
  const earlier = count > 1 ? [`${count - 1} before it`] : [];
  if (state === "running") {
    const shown = steps.slice(-MOST_STEPS).map(({ atMs, kind, summary }) => [isoTime(atMs), kind, excerptOf(summary)]);
    const head = [`under way for ${ageOf(startedAtMs, nowMs)}`, ...earlier].join(", ");
    return ["", `${title}: ${head}`, ...indented(tableLines(shown))];
  }
  const tookMs = Math.max(0, (endedAtMs ?? startedAtMs) - startedAtMs);
  const costs = [`${state} in ${formatDurationMs(tookMs)}`, ...spentWords(spent), ...earlier].join(", ");
  return ["", `${title}: ${costs}`, `  ${excerptOf(outcome)}`];
}

function spentWords({ turns, tokens, toolCalls, usd }: Spending): readonly string[] {
  return [
    ...(toolCalls > 0 ? [`${toolCalls} ${toolCalls === 1 ? "query" : "queries"}`] : []),
    ...(turns > 0 ? [`${turns} ${turns === 1 ? "turn" : "turns"}, ${tokens} tokens, $${usd.toFixed(2)}`] : []),
  ];
}
