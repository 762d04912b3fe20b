/** A subject as text: where it is, its invariants, and where each value comes from. */

import { formatDurationMs } from "../core/text/units.ts";
import type { InvariantView, SettingView } from "../runtime/views/subject.ts";
import { tableLines } from "./table.ts";

/** What is shown of a subject, and how its settings are set. */
export interface ShownSubject {
  readonly id: string;
  readonly description: string;
  /** Or a sentence of why nothing is known of where it is. */
  readonly endpoints: readonly SettingView[] | string;
  readonly invariants: readonly InvariantView[];
  /** Sentences of how endpoints are set. */
  readonly waysToSetEndpoints: readonly string[];
  /** Sentences of how graces and thresholds are set. */
  readonly waysToSetLimits: readonly string[];
}

/** Everything that can be set, with what is in force. */
export function renderSubject(subject: ShownSubject): readonly string[] {
  const { id, description, endpoints, invariants, waysToSetEndpoints, waysToSetLimits } = subject;
  const places =
    typeof endpoints === "string"
      ? [endpoints]
      : tableLines(endpoints.map(({ name, value, origin }) => [name, value, origin]));
  return [
    `SUBJECT ${id}`,
    "",
    `  ${description}`,
    "",
    "ENDPOINTS",
    "",
    ...places.map((line) => `  ${line}`),
    "",
    ...waysToSetEndpoints.map((line) => `  ${line}`),
    "",
    "INVARIANTS",
    "",
    ...invariants.flatMap(renderInvariant),
    ...waysToSetLimits.map((line) => `  ${line}`),
  ];
}

function renderInvariant({ id, severity, rationale, grace, thresholds }: InvariantView): readonly string[] {
  const rows = [
    ["grace", formatDurationMs(grace.value), grace.origin],
    ...thresholds.map(({ name, value, origin, description }) => [name, String(value), `${origin}: ${description}`]),
  ];
  return [`  ${id} (${severity}): ${rationale}`, ...tableLines(rows).map((line) => `    ${line}`), ""];
}
