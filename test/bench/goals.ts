/** Ratios of measured figures against their goals: what a bench is for. */

import { median } from "./processes.ts";

/** The figures of one round, by what they are of. */
export type Round = ReadonlyMap<string, number>;

/** How one figure stands to another. */
export interface Goal {
  readonly what: string;
  readonly of: string;
  /** What it is divided by. @default {nothing: the figure itself has a goal} */
  readonly against?: string;
  /** What it was before there was a goal. */
  readonly before?: number;
  readonly atMost: number;
}

/** The table of goals. A ratio is the median of those of the rounds, since both figures of a round met the same machine. */
export function goalsTable(goals: readonly Goal[], rounds: readonly Round[]): string {
  const rows = goals.map(({ what, of, against, before, atMost }) => {
    const ratios = rounds.map((round) => figure(round, of) / (against === undefined ? 1 : figure(round, against)));
    const now = median(ratios);
    const digits = now >= 100 ? 0 : 2;
    const cells = [what, before ?? "", now.toFixed(digits), atMost, now <= atMost ? "met" : "missed"];
    return `| ${cells.join(" | ")} |`;
  });
  return ["| | before | now | goal, at most | |\n|---|---|---|---|---|", ...rows].join("\n");
}

/** The median of a figure over all rounds. */
export function medianOf(rounds: readonly Round[], name: string): number {
  return median(rounds.map((round) => figure(round, name)));
}

function figure(round: Round, name: string): number {
  const value = round.get(name);
  if (value === undefined) throw new Error(`Cannot find figure "${name}", expected one that was measured`);
  return value;
}
