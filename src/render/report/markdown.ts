/** A report as Markdown; names and logs are escaped, so that trackers, chats and mail show them unchanged. */

import { plainLine } from "../../core/text/plain.ts";
import type { IncidentView } from "../../runtime/views/incident.ts";
import type { AnswerRow } from "../records/answer-words.ts";
import { renderDrawing } from "../records/drawing.ts";
import { isoTime } from "../time.ts";
import { type Block, type ReportClaim, type ReportEvent, type ReportOption, reportOf } from "./report.ts";

/** Columns of what is drawn. */
const COLUMNS = 100;

/** The whole report; no HTML in it, and nothing that is fetched. */
export function renderMarkdown(view: IncidentView, nowMs: number): readonly string[] {
  const { id, title, standing, severity, instance, answer, sections, madeAtMs } = reportOf(view, nowMs);
  const drawing = renderDrawing(view, COLUMNS, { chart: true, legend: true, cited: true });
  const facts = [standing, ...(severity === undefined ? [] : [severity]), instance];
  return [
    `# Incident ${id}: ${escaped(title)}`,
    "",
    `**${facts.map(escaped).join(" · ")}**`,
    "",
    ...answer.flatMap(answerLines),
    ...(drawing.length > 0 ? ["", "## What was measured", "", ...fenced(drawing)] : []),
    ...sections.flatMap((section) => ["", `## ${escaped(section.title)}`, ...section.blocks.flatMap(blockLines)]),
    "",
    `Written by operator at ${isoTime(madeAtMs)}. Code evaluated every claim on the stored evidence; claims that the data ruled out are ~~struck through~~.`,
  ];
}

function answerLines({ label, text, command }: AnswerRow): readonly string[] {
  const words = label === "" ? "" : `**${escaped(label)}:** `;
  const line = `${label === "" ? "  " : ""}- ${words}${escaped(text)}`;
  return [command === undefined ? line : `${line} ${code(command)}`];
}

function blockLines(block: Block): readonly string[] {
  switch (block.kind) {
    case "text":
      return ["", escaped(block.text)];
    case "list":
      return ["", ...block.items.map((item) => `- ${escaped(item)}`)];
    case "timeline":
      return ["", ...tableOf(timelineTable(block.rows))];
    case "table":
      return ["", ...tableOf(block)];
    case "claims":
      return block.claims.length === 0 ? [] : ["", ...claimLines(block)];
    case "options":
      return ["", ...block.options.flatMap(optionLines)];
    case "log":
      return ["", ...fenced(block.lines)];
  }
}

function timelineTable(rows: readonly ReportEvent[]): Table {
  const cells = rows.map(({ atMs, offset, who, text }) => [isoTime(atMs), offset, who, text]);
  return { head: ["Time", "From start", "Who", "What"], rows: cells };
}

function claimLines({ title, claims }: Extract<Block, { kind: "claims" }>): readonly string[] {
  const head = title === undefined ? [] : [`${escaped(title)}:`, ""];
  return [...head, ...claims.map((claim) => `- ${claimText(claim)}`)];
}

type Table = Pick<Extract<Block, { kind: "table" }>, "head" | "rows">;

/** Markdown has no table without a head; where there is none, it is empty. */
function tableOf({ head, rows }: Table): readonly string[] {
  const width = Math.max(head.length, ...rows.map((row) => row.length));
  const filled = (cells: readonly string[]): string =>
    `| ${Array.from({ length: width }, (_, index) => cellOf(cells[index] ?? "")).join(" | ")} |`;
  return [filled(head), `|${" --- |".repeat(width)}`, ...rows.map(filled)];
}

/** A bar ends a cell even within code, where nothing can be escaped. */
function cellOf(text: string): string {
  return escaped(
    text
      .split(/\s+/)
      .map((word) => (isTelling(word) ? word.replaceAll("|", "¦") : word))
      .join(" "),
  );
}

function claimText({ speaks, mark, said, note, isStruck }: ReportClaim): string {
  const words = isStruck ? `~~${escaped(said)}~~` : escaped(said);
  const whose = speaks === undefined ? "" : `${escaped(speaks)}: `;
  return `${whose}${escaped(mark)}: ${words}${note === undefined ? "" : ` (${escaped(note)})`}`;
}

function optionLines({ name, because, claims }: ReportOption): readonly string[] {
  return [`- **${escaped(name)}**: ${escaped(because)}`, ...claims.map((claim) => `  - ${claimText(claim)}`)];
}

/** Characters that Markdown takes for markup in any position. */
const MARKUP = /[\\`*[\]<>|~$&]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;
/** What a heading, a list, a quotation or a rule begins with. */
const BEGINNING = /^[#=+-]/;
/** What stands for a secret; before a colon it would be the target of links. */
const HIDDEN = /\\\[redacted\\](?!:)/g;
const NUMBER = /^(\d+)([.)])(?=\s|$)/;
/** Words of which a tracker makes a mention, a reference, a sign or a link. */
const TELLING = /@|:\/\/|(^|[^\p{L}\p{N}])www\.|#\d|^gh-\d|:[^\s:]+:/iu;

/** Text as it is: words that would become links or mentions stand as code, everything else is escaped. */
function escaped(text: string): string {
  return plainLine(text)
    .trim()
    .split(/\s+/)
    .map((word) => (isTelling(word) ? code(word) : word.replaceAll(MARKUP, String.raw`\$&`)))
    .join(" ")
    .replaceAll(HIDDEN, "[redacted]")
    .replace(BEGINNING, String.raw`\$&`)
    .replace(NUMBER, String.raw`$1\$2`);
}

/** Colons of clock times are no signs. */
const CLOCK = /^[\dT:.Z,;()-]+$/;

function isTelling(word: string): boolean {
  return TELLING.test(word) && !CLOCK.test(word);
}

/** A span of code, within ticks of which there are more than in it. */
function code(text: string): string {
  const shown = plainLine(text);
  const ticks = "`".repeat(longestRun(shown) + 1);
  return `${ticks}${shown.startsWith("`") || shown.endsWith("`") ? ` ${shown} ` : shown}${ticks}`;
}

function fenced(lines: readonly string[]): readonly string[] {
  const plain = lines.map(plainLine);
  const ticks = "`".repeat(Math.max(3, longestRun(plain.join("\n")) + 1));
  return [`${ticks}text`, ...plain, ticks];
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
