/** A desk on a case file: everything that was gathered, and nothing fresh. */

import type { Evidence } from "../../core/diagnosis/claims/mod.ts";
import { matchesLabels } from "../../core/system/series-question.ts";
import type { Case } from "../case/case.ts";
import { evidenceOf } from "../case/evidence.ts";
import { type DeskSources, NotAvailableError } from "./sources.ts";

/**
 * Answers from a case.
 * @param evidence What is known besides, for instance what was found when it was investigated.
 */
export function storedSources(stored: Case, evidence: Evidence = evidenceOf(stored)): DeskSources {
  const { series: windows, logs = [], inspected = [] } = evidence;
  return {
    async series({ metric, labels, windowMs, endMs = stored.atMs }) {
      return windows
        .filter(
          (window) => window.metric === metric && matchesLabels(window.labels, { metric, ...(labels && { labels }) }),
        )
        .map((window) => ({
          ...window,
          points: window.points.filter(({ atMs }) => atMs >= endMs - windowMs && atMs <= endMs),
        }));
    },
    metrics: () =>
      [...Map.groupBy(windows, ({ metric }) => metric)].map(([metric, of]) => ({ metric, count: of.length })),
    async logs({ component, sinceMs, untilMs }) {
      const tail = logs.find((one) => one.component === component);
      if (!tail) throw new NotAvailableError(`The case holds no log of ${component}`);
      return tail.events.filter(({ atMs }) => atMs >= sinceMs && atMs <= untilMs);
    },
    inspections(component) {
      const ids = new Set(inspected.filter((one) => one.component === component).map(({ id }) => id));
      return [...ids].map((id) => ({ id, description: "As it was read then", cost: "cheap" }));
    },
    async inspect(component, id) {
      const found = inspected.findLast((one) => one.component === component && one.id === id);
      if (!found) throw new NotAvailableError(`The case holds no inspection "${id}" of ${component}`);
      return found;
    },
    look: async () => {
      throw new NotAvailableError("A fresh look is not available: this is a case file");
    },
  };
}
