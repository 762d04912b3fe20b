/** Ticks and reports as text; pure functions. */

import type { HistogramRow, LoadReport, LoadTick } from "../../core/subject/load-report.ts";
import { formatDurationMs } from "../../core/text/units.ts";

const BAR_WIDTH = 40;

/** One second as one line, for a terminal of 80 columns. */
export function renderTick(tick: LoadTick): string {
  const counts = Object.entries({
    ...tick.outcomes,
    failed: tick.failed,
    ...(tick.degraded > 0 && { degraded: tick.degraded }),
  });
  return [
    formatDurationMs(Math.round(tick.elapsedMs / 1000) * 1000),
    `${thousands(Math.round(tick.ratePerSecond))}/s`,
    ...counts.map(([name, count]) => `${name} ${thousands(count)}`),
    `p50 ${formatDurationMs(tick.p50Ms)} p99 ${formatDurationMs(tick.p99Ms)}`,
  ].join("  ");
}

/** One second as a flat value, for a line of JSON. */
export function flatTick({ outcomes, ...tick }: LoadTick): Readonly<Record<string, number>> {
  return { ...tick, ...outcomes };
}

/** A whole run as lines: counts, percentiles, histogram, verdict. */
export function renderReport(report: LoadReport): readonly string[] {
  const { requests, elapsedMs, ratePerSecond } = report;
  return [
    `${thousands(requests)} requests in ${formatDurationMs(elapsedMs)} (${thousands(ratePerSecond)}/s), workload "${report.workload}", seed ${report.seed}`,
    "",
    ...countLines(report),
    "",
    ...latencyLines(report),
    ...(report.check ? ["", `Check ${report.check.verdict}: ${report.check.summary}`] : []),
  ];
}

function countLines({ outcomes, failed, failures, degraded, requests, targets }: LoadReport): readonly string[] {
  const rows: readonly (readonly [string, number])[] = [
    ...Object.entries(outcomes),
    ["failed", failed],
    ...Object.entries(failures).map(([reason, count]) => [`  ${reason}`, count] as const),
    ...(degraded > 0 ? [["degraded", degraded] as const] : []),
  ];
  const lines = rows.map(
    ([name, count]) => `  ${name.padEnd(16)}${thousands(count).padStart(12)}${share(count, requests)}`,
  );
  const perTarget = targets.map(
    ({ address, answered, failed }) =>
      `  ${address.padEnd(22)} answered ${thousands(answered)}, failed ${thousands(failed)}`,
  );
  return targets.length > 1 ? [...lines, "", ...perTarget] : lines;
}

function share(count: number, all: number): string {
  return all === 0 ? "" : `${((100 * count) / all).toFixed(1).padStart(8)} %`;
}

function latencyLines({ latencyMs, histogram }: LoadReport): readonly string[] {
  if (histogram.length === 0) return ["No latency: no correct answer was received"];
  const { mean, p50, p90, p99, p999, max } = latencyMs;
  const figures = Object.entries({ mean, p50, p90, p99, "p99.9": p999, max });
  return [
    "Latency of correct answers, from when each request was due",
    `  ${figures.map(([name, ms]) => `${name} ${formatDurationMs(ms)}`).join("  ")}`,
    ...bars(histogram),
  ];
}

/** Bars on a linear scale; what is there shows at least a dot. */
function bars(rows: readonly HistogramRow[]): readonly string[] {
  const highest = Math.max(...rows.map(({ count }) => count));
  return rows.map(({ toMs, count }) => {
    const bar = "#".repeat(Math.round((count / highest) * BAR_WIDTH)) || (count > 0 ? "." : "");
    return `  < ${formatDurationMs(toMs).padEnd(9)} ${bar.padEnd(BAR_WIDTH)} ${thousands(count)}`.trimEnd();
  });
}

function thousands(count: number): string {
  return count.toLocaleString("en-US");
}
