/** What the claims of a cause are evaluated on when they are asked again: a fresh look, and the past that levels need. */

import type { SeriesSource, SeriesWindow } from "../system/series.ts";
import type { Look } from "../system/timeline.ts";
import type { Predicate } from "./claim.ts";
import type { Evidence } from "./claim-evaluation.ts";
import type { Hypothesis } from "./hypothesis.ts";

/** Where the past comes from. */
export interface Past {
  readonly series: SeriesSource;
  readonly signal: AbortSignal;
}

/** Asks for the past of every level that a cause claims. A keeper of the past that does not answer leaves claims unknown. */
export async function freshEvidence({ claims }: Hypothesis, now: Look, past: Past): Promise<Evidence> {
  const windows = await Promise.all(claims.map(({ predicate }) => windowsFor(predicate, now, past)));
  return { now, timeline: [], series: windows.flat() };
}

async function windowsFor(predicate: Predicate, now: Look, { series, signal }: Past): Promise<readonly SeriesWindow[]> {
  if (predicate.kind !== "level") return [];
  const { metric, labels, baselineFromMs } = predicate;
  const endMs = now.picture.atMs;
  try {
    return await series({ metric, labels, windowMs: Math.max(0, endMs - baselineFromMs), endMs }, signal);
  } catch {
    return [];
  }
}
