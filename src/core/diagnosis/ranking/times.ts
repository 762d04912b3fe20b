/** Times as tables have them: numbers of some unit since 1970, or dates. */

/** Magnitudes below which a number is seconds, milliseconds or microseconds; above it is nanoseconds. */
const UNITS: readonly (readonly [below: number, perMs: number])[] = [
  [1e11, 0.001],
  [1e14, 1],
  [1e17, 1000],
  [Number.POSITIVE_INFINITY, 1_000_000],
];

/** A date with a time; without a zone it is UTC. What Go prints behind the zone is no part of it. */
const DATE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d|UTC)?(?:\s+UTC(?:\s+m=\S+)?)?$/;

/** Epoch milliseconds of a number of seconds, milliseconds, microseconds or nanoseconds, or of a date; `undefined` of anything else. */
export function readTime(cell: unknown): number | undefined {
  if (typeof cell === "number") return numberTime(cell);
  if (typeof cell !== "string") return undefined;
  const text = cell.trim();
  if (/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return numberTime(Number(text));
  const [, day, time, zone = "Z"] = DATE.exec(text) ?? [];
  if (day === undefined) return undefined;
  const atMs = Date.parse(`${day}T${time}${zone === "UTC" ? "Z" : zone}`);
  return Number.isNaN(atMs) ? undefined : atMs;
}

function numberTime(value: number): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  const [, perMs = 1] = UNITS.find(([below]) => Math.abs(value) < below) ?? [];
  return Math.round(value / perMs);
}
