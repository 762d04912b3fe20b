/** Whether what caused an incident still stands: the standing claims of its confirmed cause, on a fresh checkup. */

import type { Checkup } from "../core/checkup.ts";
import type { Predicate } from "../core/claim.ts";
import { type Hypothesis, notYetMended } from "../core/hypothesis.ts";
import type { Incident, Standing } from "../core/incident.ts";
import type { SeriesSource, SeriesWindow } from "../core/series.ts";
import type { CheckupOptions } from "./options.ts";

/** Asks the newest diagnosis of an incident; without a confirmed cause there is nothing that could stand. */
export async function standingOf(
  { id }: Incident,
  now: Checkup,
  { database, series, signal }: CheckupOptions,
): Promise<Standing> {
  const cause = database.incidents.diagnoses(id).at(-1)?.cause;
  if (cause?.verdict !== "confirmed") return "none";
  const windows = await windowsFor(cause, { series, signal, endMs: now.picture.atMs });
  const left = notYetMended(cause, { now, timeline: [], series: windows });
  if (left.some(({ outcome }) => outcome === "true")) return "standing";
  return left.length > 0 ? "unknown" : "gone";
}

interface Asking {
  readonly series: SeriesSource;
  readonly signal: AbortSignal;
  /** Epoch milliseconds. */
  readonly endMs: number;
}

async function windowsFor({ claims }: Hypothesis, asking: Asking): Promise<readonly SeriesWindow[]> {
  const standing = claims.filter((claim) => claim.standing);
  return (await Promise.all(standing.map(({ predicate }) => windowFor(predicate, asking)))).flat();
}

/** A keeper of the past that does not answer leaves the claim unknown, and the incident open. */
async function windowFor(predicate: Predicate, { series, signal, endMs }: Asking): Promise<readonly SeriesWindow[]> {
  if (predicate.kind !== "level") return [];
  const { metric, labels, baselineFromMs } = predicate;
  try {
    return await series({ metric, labels, windowMs: Math.max(0, endMs - baselineFromMs), endMs }, signal);
  } catch {
    return [];
  }
}
