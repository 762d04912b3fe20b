/** JSON as PD writes it: indented by two, 64-bit integers whole, sizes and times as text. */

/** An integer beyond 2^53, written as its digits. */
export class Uint64 {
  readonly digits: string;

  constructor(value: bigint | string) {
    this.digits = `${value}`;
  }

  toJSON(): string {
    return `${MARK}${this.digits}`;
  }
}

const MARK = "uint64:";
const MARKED = new RegExp(`"${MARK}(\\d+)"`, "g");

/** Compact, as PD's region routes write it. */
export function compactJson(value: unknown): string {
  return JSON.stringify(value).replace(MARKED, "$1");
}

/** Indented, with the line feed of Go's encoder at its end. */
export function indentedJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(MARKED, "$1")}\n`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `98.3GiB`: docker/go-units' `BytesSize`, four figures. */
export function bytesSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${Number(size.toPrecision(4))}${UNITS[unit]}`;
}

/** `1h0m0.5s`: Go's `time.Duration`. */
export function goDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 1) return `${trim(ms * 1000)}µs`;
  if (ms < 1000) return `${trim(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = trim((ms % 60_000) / 1000);
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}

/** `2026-11-21 09:17:25.438629537 +0000 UTC m=+200.704663613`: Go's `time.Time` as text. */
export function goTime(atMs: number, sinceStartMs: number): string {
  const [day, clock = ""] = new Date(atMs).toISOString().replace("Z", "").split("T");
  return `${day} ${clock}000000 +0000 UTC m=+${(sinceStartMs / 1000).toFixed(9)}`;
}

function trim(value: number): string {
  return `${Number(value.toFixed(9))}`;
}
