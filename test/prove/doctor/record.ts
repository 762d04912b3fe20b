/** Trials on record, one line of JSON each, so that a proof goes on where it was cut short, on whatever machine. */

import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import * as v from "valibot";

const Milliseconds = v.record(v.string(), v.number());

/** A trial as `operator doctor --inject --json` prints it. */
const Printed = v.object({
  fault: v.string(),
  component: v.string(),
  /** Without those that were quiet. */
  findings: v.pipe(
    v.record(v.string(), v.picklist(["promised", "missed", "late", "allowed", "false", "quiet"])),
    v.transform((findings) =>
      Object.fromEntries(Object.entries(findings).filter(([, finding]) => finding !== "quiet")),
    ),
  ),
  detectedMs: Milliseconds,
  reasons: v.record(v.string(), v.string()),
  dueMs: Milliseconds,
  clearedMs: v.exactOptional(v.number()),
  problems: v.array(v.string()),
});

const Recorded = v.object({
  ...Printed.entries,
  cluster: v.string(),
  commit: v.string(),
  /** Processes that wanted to run, on average over the last minute of it. */
  load: v.number(),
});

/** A trial with the conditions under which it was made. */
export type RecordedTrial = v.InferOutput<typeof Recorded>;

/** Those in the file. */
export function readTrials(path: string): readonly RecordedTrial[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => v.parse(Recorded, JSON.parse(line)));
}

/** Adds one as it was printed, with the load of the machine as it is now. */
export function addTrial(
  path: string,
  line: string,
  { cluster, commit }: Pick<RecordedTrial, "cluster" | "commit">,
): void {
  const load = Math.round((loadavg()[0] ?? 0) * 10) / 10;
  const recorded: RecordedTrial = { ...v.parse(Printed, JSON.parse(line)), cluster, commit, load };
  appendFileSync(path, `${JSON.stringify(recorded)}\n`);
}

/** Writes those that are kept, in their order. */
export function writeTrials(path: string, trials: readonly RecordedTrial[]): void {
  writeFileSync(path, trials.map((one) => `${JSON.stringify(one)}\n`).join(""));
}

/** The newest trial of each fault on each cluster, by `cluster/fault`. */
export function newestTrials(trials: readonly RecordedTrial[]): ReadonlyMap<string, RecordedTrial> {
  return new Map(trials.map((one) => [`${one.cluster}/${one.fault}`, one]));
}
