/** Text with a unit to a number in the base unit of its name, for flags, environment and files. */

import * as v from "valibot";

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FACTOR: Readonly<Record<string, number>> = { "": 1, k: 1000, M: 1_000_000, G: 1_000_000_000 };
const BYTES: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  kB: 1000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** Milliseconds from `250ms`, `5s`, `1m30s`, `2h`; a bare number is refused, since its unit would be a guess. */
export const DurationMs = parsed("duration", 'a number with a unit such as "250ms", "5s" or "1m30s"', parseDurationMs);

/** Events per second from `500`, `1k/s`, `60/m`. */
export const RatePerSecond = parsed("rate", 'a number per time such as "500/s", "1k/s" or "60/m"', parseRate);

/** Bytes from `1024`, `64KiB`, `10MB`. */
export const SizeBytes = parsed("size", 'a number of bytes such as "64KiB" or "10MB"', parseSize);

/** A whole number from text or number, such as `10`, `10k`. */
export const Count = parsed("count", 'a whole number such as "100" or "10k"', parseCount);

/** A moment as ISO-8601 in UTC with milliseconds. */
export function formatIso(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Renders milliseconds as the shortest exact duration that {@linkcode DurationMs} reads, for instance `1m30s`. */
export function formatDurationMs(ms: number): string {
  if (!Number.isFinite(ms)) return "forever";
  if (ms < 1000) return `${Math.round(ms * 100) / 100}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = Math.round((ms % 60_000) / 100) / 10;
  return [hours && `${hours}h`, minutes && `${minutes}m`, seconds && `${seconds}s`].filter(Boolean).join("");
}

/** Renders a value in a base unit for people, for instance `12.5ms` of seconds, `3.4MiB` of bytes, `300/s`. */
export function formatQuantity(value: number, unit: string): string {
  switch (unit) {
    case "seconds":
      return formatDurationMs(rounded(value * 1000));
    case "bytes":
      return formatBytes(value);
    case "1/s":
      return `${rounded(value)}/s`;
    case "1":
    case "ratio":
      return String(rounded(value));
    default:
      return `${rounded(value)} ${unit}`;
  }
}

function formatBytes(bytes: number): string {
  const [unit, size] = Object.entries(BYTES).findLast(([name, size]) => /^(B|.iB)$/.test(name) && bytes >= size) ?? [
    "B",
    1,
  ];
  return `${rounded(bytes / size)}${unit}`;
}

/** Three figures that matter; whole numbers stay whole. */
function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

function parsed(
  kind: string,
  wanted: string,
  parse: (text: string) => number | undefined,
): v.GenericSchema<string | number, number> {
  return v.pipe(
    v.union([v.string(), v.number()], `Cannot read ${kind}, expected ${wanted}`),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const value = parse(String(dataset.value).trim());
      if (value !== undefined && Number.isFinite(value)) return value;
      addIssue({ message: `Cannot read ${kind} "${dataset.value}", expected ${wanted}` });
      return NEVER;
    }),
  );
}

function parseDurationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g);
  return [...parts].reduce((sum, [, number, unit = ""]) => sum + Number(number) * (MS_PER_UNIT[unit] ?? 0), 0);
}

function parseRate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kMG]?)(?:\/(ms|s|m|h))?$/.exec(text);
  if (!match) return undefined;
  const [, number, factor = "", per = "s"] = match;
  return (Number(number) * (FACTOR[factor] ?? 1) * 1000) / (MS_PER_UNIT[per] ?? 1000);
}

function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s?(B|kB|MB|GB|KiB|MiB|GiB)?$/.exec(text);
  return match ? Math.round(Number(match[1]) * (BYTES[match[2] ?? ""] ?? 1)) : undefined;
}

function parseCount(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kMG]?)$/.exec(text);
  const value = match ? Number(match[1]) * (FACTOR[match[2] ?? ""] ?? 1) : Number.NaN;
  return Number.isInteger(value) ? value : undefined;
}
