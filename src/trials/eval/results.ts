/** The rows of an evaluation in a file, one per line, so that an interrupted one can be resumed. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { InvalidInputError } from "../../core/text/errors.ts";
import { IdText } from "../../core/words/ids.ts";
import { type EmulatedMark, emulatedMark } from "../../core/words/instance.ts";
import { MECHANISMS } from "../../core/words/mechanism.ts";
import { appendDurably, readIfThere, writeWhole } from "../../io/files/file.ts";
import type { Seen } from "./run-trial.ts";
import type { TrialRow } from "./score.ts";

const Mechanism = v.picklist(MECHANISMS);

const Row = v.object({
  id: v.string(),
  kind: v.picklist(["fault", "pair", "healthy", "withheld"]),
  faults: v.array(v.string()),
  truths: v.array(v.object({ component: IdText, mechanism: Mechanism })),
  answers: v.record(
    v.string(),
    v.array(v.object({ component: v.string(), mechanism: Mechanism, confidence: v.number() })),
  ),
  tookMs: v.number(),
  untried: v.exactOptional(v.string()),
  emulated: v.exactOptional(v.literal(true)),
});

/** Path of the rows of an evaluation. */
export function resultsFile(
  home: string,
  { subject, seed }: { readonly subject: string; readonly seed: number },
): string {
  return join(home, `eval-${subject}-${seed}.jsonl`);
}

/**
 * The rows of a file; empty without a file. An incomplete last line is left out.
 * @throws {InvalidInputError} If a line before the last is not a row.
 */
export function readResults(file: string): readonly TrialRow[] {
  const lines = (readIfThere(file) ?? "").split("\n").filter((line) => line !== "");
  return lines.flatMap((line, index) => {
    const row = v.safeParse(Row, jsonOf(line));
    if (row.success) return [row.output];
    if (index === lines.length - 1) return [];
    throw new InvalidInputError(`Cannot read "${file}" at line ${index + 1}: expected the row of a trial`);
  });
}

/** Adds a row. */
export function addResult(file: string, row: TrialRow): void {
  appendDurably(file, `${JSON.stringify(row)}\n`);
}

/** Stores the cases of a trial with their ground truth in a folder, so that they can be diagnosed again without a lab. */
export function keepCases(folder: string, id: string, { cases, truths, ...mark }: Seen & EmulatedMark): void {
  mkdirSync(folder, { recursive: true });
  writeWhole(
    join(folder, `${id.replaceAll("/", "-")}.json`),
    `${JSON.stringify({ id, ...emulatedMark(mark), truths, cases })}\n`,
  );
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
