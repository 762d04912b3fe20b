/** A ranking of components as text: what it rests on, how far it is to be trusted, then the components. */

import type { Move, RankedComponent, Ranking } from "../core/diagnosis/ranking/rank.ts";
import { excerptOf } from "../core/text/excerpt.ts";
import { tableLines } from "./table.ts";
import { isoTime } from "./time.ts";

const VERDICTS: Readonly<Record<Ranking["verdict"], string>> = {
  likely: "likely",
  possible: "possible",
  none: "no root cause found in these series; check logs, traces and changes. The list is only a hint",
};
const MOST_MOVES = 3;
const LONGEST_NAME = 60;

/** Lines of the first `top` components. */
export function renderRanking(ranking: Ranking, top: number): readonly string[] {
  const { onsetMs, baseline, window, confidence, verdict, margin, quietRatio, components, skipped } = ranking;
  const quiet = quietRatio === undefined ? "no quiet windows to compare with" : `${short(quietRatio)} × quiet windows`;
  const rows = components
    .slice(0, top)
    .map((one, index) => [
      String(index + 1),
      excerptOf(one.component, LONGEST_NAME),
      one.score.toFixed(3),
      movesText(one),
    ]);
  const left = components.length - rows.length;
  return [
    `Onset       ${isoTime(onsetMs)}`,
    `Baseline    ${momentsOf(baseline)} from ${isoTime(baseline.fromMs)} to ${isoTime(baseline.toMs)}`,
    `Window      ${momentsOf(window)} to ${isoTime(window.toMs)}`,
    `Confidence  ${confidence.toFixed(2)} (${VERDICTS[verdict]})`,
    `            margin ${margin.toFixed(2)}, ${quiet}`,
    "",
    ...(rows.length === 0
      ? ["No series left its normal range"]
      : tableLines([["#", "COMPONENT", "SCORE", "EVIDENCE"], ...rows])),
    ...(left > 0 ? [`and ${left} more: --top ${components.length}`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} series have too few values to be compared`] : []),
  ];
}

function momentsOf({ moments }: Ranking["window"]): string {
  return `${moments} ${moments === 1 ? "moment" : "moments"}`;
}

function movesText({ moves, explainedBy }: RankedComponent): string {
  const explained = explainedBy && `${Math.round(explainedBy.ratio * 100)} % explained by ${explainedBy.component}`;
  return [...moves.slice(0, MOST_MOVES).map(moveText), ...(explained ? [explained] : [])].join("; ");
}

function moveText({ metric, direction, before, after, z, onsetMs }: Move): string {
  if (direction === "vanished") return `${metric} ${short(before)} → nothing`;
  const since = onsetMs === undefined ? "" : ` since ${isoTime(onsetMs)}`;
  return `${metric} ${short(before)} → ${short(after)} (z ${short(z)}${since})`;
}

function short(value: number): string {
  if (Number.isNaN(value)) return "?";
  return String(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3)));
}
