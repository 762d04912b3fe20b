/** What waits for a processor: the machine keeps it from its work, and no figure of its own shows why it is late. */

import type { Inspected } from "../../../core/subject/inspection.ts";
import { formatDurationMs } from "../../../core/text/units.ts";
import { touchedBy } from "../../case/evidence.ts";
import type { Brief } from "./mechanism.ts";

/** The counter of a process that a deployment tells, in seconds. */
const WAITED = "cpu_wait_seconds";

/** Share of the time from which waiting is worth a question: on a machine with room it is a hundredth. */
const MUCH = 0.1;

/** The question whether components of an incident get enough of a processor, the one that waited longest first. */
export function waitsForProcessor({ evidence, case: given }: Brief): readonly string[] {
  const touched = new Set<string>(touchedBy(given));
  const waits = (evidence.inspected ?? [])
    .filter(({ component }) => touched.has(component))
    .flatMap((one) => waitOf(one) ?? [])
    .filter(({ waitedMs, duringMs }) => waitedMs >= duringMs * MUCH)
    .toSorted((a, b) => b.waitedMs / b.duringMs - a.waitedMs / a.duringMs);
  const longest = new Map(waits.toReversed().map((one) => [one.component, one]));
  return [...longest.values()].toReversed().map(({ component, waitedMs, duringMs }) => {
    const waited = `${formatDurationMs(Math.round(waitedMs / 100) * 100)} of ${formatDurationMs(Math.round(duringMs / 1000) * 1000)}`;
    return `Whether ${component} gets enough processor time: it waited ${waited} for a processor`;
  });
}

interface Wait {
  readonly component: string;
  readonly waitedMs: number;
  readonly duringMs: number;
}

function waitOf({ component, atMs, difference }: Inspected): Wait | undefined {
  const change = difference?.changes.find(({ path }) => path === WAITED);
  if (!difference || !change) return undefined;
  const { was, is, by = typeof was === "number" && typeof is === "number" ? is - was : 0 } = change;
  return { component, waitedMs: by * 1000, duringMs: Math.max(1, atMs - difference.sinceMs) };
}
