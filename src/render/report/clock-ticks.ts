/** Round clock times along a span of time. */

import type { Span } from "../../database/mod.ts";

/** A round time and how it is written. */
export interface Tick {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly label: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28].map((count) => count * DAY),
];

/** Those of the smallest round step of which there are no more than that. */
export function clockTicks({ fromMs, toMs }: Span, most: number): readonly Tick[] {
  const least = (toMs - fromMs) / most;
  const stepMs = STEPS_MS.find((step) => step >= least) ?? Math.ceil(least / DAY) * DAY;
  const first = Math.ceil(fromMs / stepMs) * stepMs;
  const count = Math.max(0, Math.floor((toMs - first) / stepMs) + 1);
  return Array.from({ length: count }, (_, index) => {
    const atMs = first + index * stepMs;
    return { atMs, label: labelOf(atMs, stepMs) };
  });
}

/** No finer than the step; from a day on, the date. */
function labelOf(atMs: number, stepMs: number): string {
  const iso = new Date(atMs).toISOString();
  if (stepMs >= DAY) return iso.slice(5, 10);
  return iso.slice(11, stepMs >= MINUTE ? 16 : 19);
}
