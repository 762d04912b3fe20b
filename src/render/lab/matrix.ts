/** The doctor's matrix as text: faults down, invariants across. */

import { formatDurationMs } from "../../core/text/units.ts";
import { tableLines } from "../table.ts";

const MARKS = {
  promised: "✓",
  missed: "MISSED",
  late: "LATE",
  allowed: "(✓)",
  false: "FALSE",
  quiet: "·",
} as const;

type Finding = keyof typeof MARKS;

const LEGEND = "✓ tripped as expected, (✓) tripped and may trip, · did not trip; MISSED, LATE and FALSE are failures";

/** One fault that was tried. */
export interface TriedFault {
  readonly fault: string;
  readonly component: string;
  /** What became of each invariant. */
  readonly findings: ReadonlyMap<string, Finding>;
  /** Milliseconds from the fault biting to the first ticket of each tripped invariant. */
  readonly detectedMs: ReadonlyMap<string, number>;
  /** Milliseconds from healing until no ticket was open. */
  readonly clearedMs?: number;
  /** What broke a promise, one sentence each. */
  readonly problems: readonly string[];
}

/** The matrix with a number for each invariant, then what the numbers and marks mean, then every broken promise. */
export function renderMatrix(trials: readonly TriedFault[], invariants: readonly string[]): readonly string[] {
  const rows = trials.map(({ fault, findings, detectedMs, clearedMs }) => [
    fault,
    ...invariants.map((id) => cell(findings.get(id) ?? "quiet", detectedMs.get(id))),
    timeOf(clearedMs),
  ]);
  const head = ["fault", ...invariants.map((_, index) => String(index + 1)), "cleared"];
  const problems = trials.flatMap(({ fault, problems }) => problems.map((problem) => `${fault}: ${problem}`));
  return [
    ...tableLines([head, ...rows]),
    "",
    invariants.map((id, index) => `${index + 1} ${id}`).join(", "),
    LEGEND,
    ...(problems.length > 0 ? ["", ...problems] : []),
  ];
}

/** What became of one fault, in one line. */
export function renderTrial({ fault, component, detectedMs, clearedMs, problems }: TriedFault): string {
  const seen = [...detectedMs].map(([invariant, ms]) => `${invariant} after ${formatDurationMs(Math.round(ms))}`);
  const cleared = clearedMs === undefined ? [] : [`clear ${formatDurationMs(Math.round(clearedMs))} after healing`];
  const told = [...(seen.length > 0 ? seen : ["nothing tripped"]), ...cleared].join(", ");
  return `${fault} of ${component}: ${problems.length === 0 ? told : `${problems.join("; ")} (${told})`}`;
}

function cell(finding: Finding, tookMs: number | undefined): string {
  return tookMs === undefined ? MARKS[finding] : `${MARKS[finding]} ${timeOf(tookMs)}`;
}

function timeOf(ms: number | undefined): string {
  return ms === undefined ? "-" : formatDurationMs(Math.round(ms / 100) * 100);
}
