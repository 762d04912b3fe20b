/** A desk on a case file: everything that was gathered, and nothing fresh. */

import { matchesLabels } from "../../core/system/series-question.ts";
import type { Case } from "../case/case.ts";
import { windowsOf } from "../case/evidence.ts";
import { type DeskSources, NotAvailableError } from "./sources.ts";

/** Answers from a case. */
export function storedSources(stored: Case): DeskSources {
  const windows = windowsOf(stored.series);
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
    async logs({ component, sinceMs, untilMs }) {
      const tail = stored.logs.find((one) => one.component === component);
      if (!tail) throw new NotAvailableError(`The case holds no log of ${component}`);
      return tail.events.filter(({ atMs }) => atMs >= sinceMs && atMs <= untilMs);
    },
    inspections: (component) =>
      stored.inspections
        .filter((one) => one.component === component)
        .map(({ id }) => ({ id, description: "As frozen with the tickets", cost: "cheap" })),
    async inspect(component, id) {
      const found = stored.inspections.find((one) => one.component === component && one.id === id);
      if (!found) throw new NotAvailableError(`The case holds no inspection "${id}" of ${component}`);
      return found;
    },
    look: async () => {
      throw new NotAvailableError("A fresh look is not available: this is a case file");
    },
  };
}
