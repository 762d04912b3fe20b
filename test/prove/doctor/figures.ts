/** What became of the faults on one cluster, as Markdown. */

import { formatDurationMs } from "../../../src/core/text/units.ts";
import { renderMatrix } from "../../../src/render/lab/matrix.ts";
import type { Cluster } from "../doctor.ts";
import type { RecordedTrial } from "./record.ts";

/** The faults of one cluster. */
export interface Tried {
  readonly cluster: Cluster;
  /** Ids. */
  readonly invariants: readonly string[];
  readonly trials: readonly RecordedTrial[];
  /** Ids of those of which nothing is on record. */
  readonly untried: readonly string[];
}

/** The matrix of a cluster, with the command, the commits and the load. */
export function figuresOf({ cluster: { name, subject, up }, invariants, trials, untried }: Tried): string {
  const flags = Object.entries(up).map(([flag, value]) => ` --${flag} ${value}`);
  const shown = trials.map(({ findings, detectedMs, ...trial }) => ({
    ...trial,
    findings: new Map(Object.entries(findings)),
    detectedMs: new Map(Object.entries(detectedMs)),
  }));
  return [
    `## ${name}`,
    "",
    `\`operator up ${subject}${flags.join("")}\`, then \`operator doctor --subject ${subject} --inject\`: ${measuredAt(trials)}`,
    "",
    "```",
    ...renderMatrix(shown, invariants),
    "```",
    ...(untried.length > 0 ? ["", `Not tried: ${untried.join(", ")}`] : []),
    ...trials.filter(({ fault }) => fault === "store-kill").flatMap(ownPort),
  ].join("\n");
}

function measuredAt(trials: readonly RecordedTrial[]): string {
  const byCommit = [...Map.groupBy(trials, ({ commit }) => commit)].map(([commit, own]) => {
    const loads = own.map(({ load }) => load);
    return `${own.length} faults at ${commit} under a load of ${Math.min(...loads)} to ${Math.max(...loads)}`;
  });
  return `${byCommit.join(", ") || "not tried"}.`;
}

/** How a killed store is seen: by its own status port, and not by PD, which takes 20 s. */
function ownPort({ detectedMs, dueMs, reasons }: RecordedTrial): readonly string[] {
  const [took, due] = [detectedMs["store-up"] ?? Number.NaN, dueMs["store-up"] ?? Number.NaN];
  const within = `within ${formatDurationMs(due)} (one interval, grace and 1 s)`;
  const said = `reason \`${reasons["store-up"]}\``;
  return [
    "",
    `A killed store has a ticket after ${formatDurationMs(Math.round(took))}, due ${within}, by the failed probe of its own status port (${said}); PD calls a store \`disconnected\` after 20 s.`,
  ];
}
