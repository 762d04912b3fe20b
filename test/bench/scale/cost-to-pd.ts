/** What PD is asked, and what that costs it by the CPU time that a real PD v8.5.7 took per call at 1,000 stores. */

import type { Counts } from "./start-cluster.ts";

/**
 * Milliseconds of PD's CPU per call, recorded at 1,000 stores and 200,500 regions; the upper end of what was seen. Where only
 * the time of the answer was recorded, that time.
 */
const RECORDED_CPU_MS: readonly (readonly [path: RegExp, ms: number])[] = [
  [/\/stores$/, 500],
  [/\/hotspot\//, 10],
  [/\/config\//, 4],
  [/\/regions\/check\//, 1],
  [/./, 2],
];

/** Milliseconds of PD's CPU for each region of a list, which it makes whole: 2.5 to 5.8 s were recorded for 200,000. */
const LISTED_CPU_MS = 0.03;

const GOAL_CORES = 0.05;

/** Bytes that are read of a list of regions, and what lies in buffers of both sides when the reading ends. */
const LIST_BYTES = 64_000 + 2_000_000;

const OTHER_BYTES = 4_000_000;

/** A row per path, and what they come to. */
export function costTable(quiet: Counts, storm: Counts): readonly string[] {
  const paths = [...new Set([...Object.keys(quiet.paths), ...Object.keys(storm.paths)])].toSorted();
  const rows = paths.map((path) => {
    const cells = [quiet, storm].flatMap((counts) => {
      const { requests = 0, bytes = 0 } = counts.paths[path] ?? {};
      return [perSecond(requests, counts), requests === 0 ? 0 : Math.round(bytes / requests)];
    });
    return `| \`${path.replace("/pd/api/v1", "")}\` | ${cells.join(" | ")} | ${cpuMsOf(path)} |`;
  });
  return [
    "| asked of PD | well: per second | bytes each | all broken: per second | bytes each | CPU ms per call, recorded |",
    "|---|---|---|---|---|---|",
    ...rows,
    `| all | ${[quiet, storm].map(totals).join(" | ")} | |`,
    "",
    ...[quiet, storm].map((counts, index) => {
      const cores = coresOf(counts);
      const verdict = cores <= GOAL_CORES ? "met" : "missed";
      return `- ${index === 0 ? "Well" : "All broken"}: ${cores.toFixed(3)} of a core of PD (goal at most ${GOAL_CORES}: ${verdict}).`;
    }),
    `- Byte caps: ${overCap(quiet, storm)}.`,
  ];
}

/** Of one long list: what was read of it, and what was on its way when the reading ended. */
export function listLine({ readBytes, counts }: { readonly readBytes: number; readonly counts: Counts }): string {
  const { bytes = 0, listed = 0 } = Object.values(counts.paths).find((count) => count.listed > 0) ?? {};
  const costSeconds = (listed * LISTED_CPU_MS) / 1000;
  return `- A list of ${listed} regions that is asked for before the metrics warn of it: ${readBytes} bytes read, ${bytes} sent until the reading ended (the rest lay in buffers), ${costSeconds} s of PD's CPU once; after that PD is let rest, and the regions are counted by its metrics.`;
}

function perSecond(count: number, { overSeconds }: Counts): string {
  return (count / overSeconds).toFixed(2);
}

function totals(counts: Counts): string {
  const all = Object.values(counts.paths);
  const sum = (of: "requests" | "bytes"): number => all.reduce((total, count) => total + count[of], 0);
  return `${perSecond(sum("requests"), counts)} | ${(sum("bytes") / counts.overSeconds / 1000).toFixed(0)} KB/s`;
}

function coresOf({ paths, overSeconds }: Counts): number {
  const ms = Object.entries(paths).reduce(
    (total, [path, { requests, listed }]) => total + requests * cpuMsOf(path) + listed * LISTED_CPU_MS,
    0,
  );
  return ms / 1000 / overSeconds;
}

function cpuMsOf(path: string): number {
  return RECORDED_CPU_MS.find(([pattern]) => pattern.test(path))?.[1] ?? 0;
}

/** Names what was sent in more bytes than its cap lets through. */
function overCap(...all: readonly Counts[]): string {
  const over = all.flatMap(({ paths }) =>
    Object.entries(paths).flatMap(([path, { requests, bytes }]) =>
      bytes / requests > (path.includes("/regions/check/") ? LIST_BYTES : OTHER_BYTES) ? [path] : [],
    ),
  );
  return over.length === 0 ? "never exceeded" : `exceeded by ${over.join(", ")}`;
}
