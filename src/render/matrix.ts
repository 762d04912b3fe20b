/** The doctor's matrix as text: faults down, invariants across. */

import { formatDurationMs } from "../core/text/units.ts";
import type { FaultTrial, Finding } from "../trials/doctor.ts";
import { tableLines } from "./table.ts";

const MARKS: Readonly<Record<Finding, string>> = {
  promised: "✓",
  missed: "MISSED",
  late: "LATE",
  allowed: "(✓)",
  false: "FALSE",
  quiet: "·",
};

const LEGEND = "✓ tripped as promised, (✓) tripped and may, · quiet; MISSED, LATE and FALSE break a promise";

/** The matrix with a number for each invariant, then what the numbers and marks mean, then every broken promise. */
export function renderMatrix(trials: readonly FaultTrial[], invariants: readonly string[]): readonly string[] {
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

/** One trial as a flat value, for a line of JSON. */
export function flatTrial({ findings, detectedMs, dueMs, ...trial }: FaultTrial): object {
  return {
    ...trial,
    findings: Object.fromEntries(findings),
    detectedMs: Object.fromEntries(detectedMs),
    dueMs: Object.fromEntries(dueMs),
  };
}

function cell(finding: Finding, tookMs: number | undefined): string {
  return tookMs === undefined ? MARKS[finding] : `${MARKS[finding]} ${timeOf(tookMs)}`;
}

function timeOf(ms: number | undefined): string {
  return ms === undefined ? "-" : formatDurationMs(Math.round(ms / 100) * 100);
}
