/** A histogram in the lines that both the Prometheus text format and OpenMetrics read. */

/** A histogram at one moment. */
export interface HistogramFigures {
  readonly name: string;
  readonly help: string;
  /** Upper bounds in seconds, smallest first, without infinity. */
  readonly bounds: readonly number[];
  /** Observations at most as large as the bound at that place, one more for infinity. */
  readonly cumulative: readonly number[];
  readonly sumSeconds: number;
}

/** Its lines, the last one with a line end. */
export function histogramLines({ name, help, bounds, cumulative, sumSeconds }: HistogramFigures): string {
  const labels = [...bounds.map(boundLabel), "+Inf"];
  const buckets = labels.map((bound, index) => `${name}_bucket{le="${bound}"} ${cumulative[index] ?? 0}\n`);
  return (
    `# HELP ${name} ${help}\n# TYPE ${name} histogram\n${buckets.join("")}` +
    `${name}_sum ${sumSeconds}\n${name}_count ${cumulative.at(-1) ?? 0}\n`
  );
}

/**
 * A bound as Go and Python write floating-point numbers: strict OpenMetrics parsers refuse any other form, and with one form
 * for both formats a series keeps its name when the format changes.
 */
function boundLabel(bound: number): string {
  if (Number.isInteger(bound)) return `${bound}.0`;
  if (bound >= 0.0001) return `${bound}`;
  const [digits = "", power = ""] = bound.toExponential().split("e-");
  return `${digits}e-${power.padStart(2, "0")}`;
}
