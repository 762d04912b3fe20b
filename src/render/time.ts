/** Times and ages as text. */

import { formatDurationMs } from "../core/text/units.ts";

/** A time for people and programs. */
export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** A time of day, as the clock on the wall shows it. */
export function clockTime(atMs: number): string {
  return new Date(atMs).toTimeString().slice(0, 8);
}

/** How long ago, the coarser the longer. */
export function ageOf(atMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000));
  if (seconds === 0) return "0s";
  if (seconds >= 172_800) return `${Math.floor(seconds / 86_400)}d`;
  return formatDurationMs((seconds >= 3600 ? Math.floor(seconds / 60) * 60 : seconds) * 1000);
}
