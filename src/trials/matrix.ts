/** The doctor's matrix as text: faults down, invariants across. */

import { formatDurationMs } from "../core/units.ts";
import { padded } from "../terminal/text.ts";
import type { FaultTrial, Finding } from "./doctor.ts";

const MARKS: Readonly<Record<Finding, string>> = {
  promised: "✓",
  missed: "MISSED",
  late: "LATE",
  allowed: "(✓)",
  false: "FALSE",
  quiet: "·",
};

/** What the marks mean. */
export const LEGEND = "✓ tripped as promised, (✓) tripped and may, · quiet; MISSED, LATE and FALSE break a promise";

/** The matrix, then how long detecting and clearing took, then every broken promise. */
export function renderMatrix(trials: readonly FaultTrial[], invariants: readonly string[]): readonly string[] {
  const rows = trials.map(({ fault, findings, detectedMs }) => [
    fault,
    ...invariants.map((id) => cell(findings.get(id) ?? "quiet", detectedMs.get(id))),
    timeOf(trials.find((trial) => trial.fault === fault)?.clearedMs),
  ]);
  const table = [["fault", ...invariants, "cleared"], ...rows];
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => Bun.stringWidth(row[column] ?? ""))),
  );
  const lines = table.map((row) =>
    row
      .map((text, column) => padded(text, widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const problems = trials.flatMap(({ fault, problems }) => problems.map((problem) => `${fault}: ${problem}`));
  return [...lines, "", LEGEND, ...(problems.length > 0 ? ["", ...problems] : [])];
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
