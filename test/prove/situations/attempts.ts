/** Attempts on record, one line of JSON each, so that a proof goes on where it was cut short and several processes share it. */

import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname } from "node:path";
import { formatDurationMs } from "../../../src/core/text/units.ts";
import type { Attempt } from "../../../src/trials/situations/run-situation.ts";
import type { CauseScore } from "../../../src/trials/situations/score.ts";

/** An attempt with the conditions under which it was made. */
export interface RecordedAttempt extends Attempt {
  readonly commit: string;
  /** Processes that wanted to run, on average over the last minute of it. */
  readonly load: number;
  /** What the operator said and its database, where something went wrong. */
  readonly files: readonly string[];
}

/** Those in the file. */
export function readAttempts(path: string): readonly RecordedAttempt[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  return lines.map((line): RecordedAttempt => JSON.parse(line));
}

/** Adds one, with the load of the machine as it is now. */
export function addAttempt(path: string, attempt: Omit<RecordedAttempt, "load">): RecordedAttempt {
  const recorded = { ...attempt, load: Math.round((loadavg()[0] ?? 0) * 10) / 10 };
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${JSON.stringify(recorded)}\n`);
  return recorded;
}

/** The newest attempt of each situation and seed. */
export function newestAttempts(attempts: readonly RecordedAttempt[]): readonly RecordedAttempt[] {
  return [...new Map(attempts.map((one) => [`${one.situation} ${one.seed}`, one])).values()];
}

/** As a table in Markdown, with what went wrong below it. */
export function attemptsTable(attempts: readonly RecordedAttempt[]): string {
  const rows = attempts.map(rowOf);
  const problems = attempts.flatMap(({ situation, seed, problems }) =>
    problems.map((problem) => `- ${situation}, seed ${seed}: ${problem}`),
  );
  return [
    "| situation | seed | cause: ticket after (due) | named as, after | fixed after | tickets | incidents | closed after | load | commit | held |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
    ...rows,
    ...(problems.length > 0 ? ["", ...problems] : []),
  ].join("\n");
}

function rowOf(attempt: RecordedAttempt): string {
  const { situation, seed, causes, tickets, incidents, closedMs, load, commit, problems } = attempt;
  const each = (words: (cause: CauseScore) => string): string => causes.map(words).join("; ") || "-";
  const cells = [
    situation,
    seed,
    each(({ cause, ticketMs, dueMs }) => `${cause}: ${seconds(ticketMs)} (${seconds(dueMs)})`),
    each(({ named = "not named", namedMs }) => (namedMs === undefined ? named : `${named}, ${seconds(namedMs)}`)),
    each(({ fixedMs }) => seconds(fixedMs)),
    tickets,
    incidents,
    seconds(closedMs),
    load.toFixed(1),
    commit,
    problems.length === 0 ? "yes" : "NO",
  ];
  return `| ${cells.join(" | ")} |`;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? "-" : formatDurationMs(Math.round(ms / 100) * 100);
}
