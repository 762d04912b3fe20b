/** An investigation step by step as text: what was asked, what came back, what was made of it and what it cost. */

import * as v from "valibot";
import { Hypothesis } from "../../core/diagnosis/hypothesis.ts";
import type { Investigation, InvestigationStep, Spending, Step } from "../../core/diagnosis/investigation.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import { isObject } from "../../core/text/parse.ts";
import { formatDurationMs } from "../../core/text/units.ts";
import { type EmulatedMark, type InstanceName, titleOf } from "../../core/words/instance.ts";
import { isoTime } from "../time.ts";
import { renderCause } from "./claim.ts";
import { spentWords } from "./investigation.ts";

/** How much of each step is shown. */
export interface TranscriptOptions {
  /** All of what came back. @default the beginning of it */
  readonly whole?: boolean;
  /** Of what the incident is. */
  readonly instance?: InstanceName & EmulatedMark;
}

/** Characters of a result, of an input and of a text that are shown unless all is wanted. */
const MOST = { result: 400, input: 300, text: 2000 } as const;

/** One investigation from its first step to its last. */
export function renderTranscript(
  { id, engine, state, startedAtMs, endedAtMs, outcome, spent }: Investigation,
  steps: readonly InvestigationStep[],
  options: TranscriptOptions = {},
): readonly string[] {
  const tookMs = Math.max(0, (endedAtMs ?? steps.at(-1)?.atMs ?? startedAtMs) - startedAtMs);
  return [
    `Investigation ${id} by ${engine}, begun ${isoTime(startedAtMs)}: ${state} after ${formatDurationMs(tookMs)}`,
    `  ${costWords({ ...spent, wallMs: tookMs })}`,
    ...(options.instance ? [`  instance ${titleOf(options.instance)}`] : []),
    ...(outcome === "" ? [] : [`  ${excerptOf(outcome, 500)}`]),
    ...(steps.length === 0 ? ["", "Its steps are no longer stored"] : []),
    ...steps.flatMap((step) => renderStep(step, startedAtMs, options)),
  ];
}

/** A step as it is taken: one line, and below it what code found of each claim of a model. */
export function renderLiveStep(step: Step, spent: Spending): readonly string[] {
  return [liveLine(step, spent), ...weighedLines(step).map((line) => `${" ".repeat(16)}${line}`)];
}

function liveLine({ kind, summary }: Step, spent: Spending): string {
  return `${`+${formatDurationMs(Math.round(spent.wallMs))}`.padEnd(8)} $${spent.usd.toFixed(2)}  ${kind.padEnd(9)} ${excerptOf(summary, 300)}`;
}

/** What was spent, in words. */
export function costWords(spent: Spending): string {
  return [formatDurationMs(Math.round(spent.wallMs)), ...spentWords(spent)].join(", ");
}

function renderStep(step: InvestigationStep, startedAtMs: number, options: TranscriptOptions): readonly string[] {
  const after = `+${formatDurationMs(Math.max(0, step.atMs - startedAtMs))}`;
  return [
    "",
    `${after} ${step.kind}: ${excerptOf(step.summary, 300)}`,
    ...detailOf(step, options).map((line) => `  ${line}`),
  ];
}

function detailOf(step: InvestigationStep, options: TranscriptOptions): readonly string[] {
  const { kind, detail } = step;
  if (!isObject(detail)) return weighedLines(step);
  if (kind === "prompted") return linesOf(textOf(detail["brief"]), options);
  if (kind === "answered") return turnLines(detail, options);
  if (kind === "asked") {
    return [`input ${json(detail["input"], MOST.input, options)}`, ...resultLines(detail["value"], options)];
  }
  if (kind === "claimed") return [json(detail["claim"], MOST.result, options)];
  if (kind === "refused") return [`input ${json(detail["input"], MOST.input, options)}`];
  return [];
}

/** Each hypothesis of a model with its claims, passing or struck. */
function weighedLines({ kind, detail }: Pick<Step, "kind" | "detail">): readonly string[] {
  if (kind !== "weighed" || !Array.isArray(detail)) return [];
  return detail.flatMap((one) => {
    const read = v.safeParse(Hypothesis, one);
    return read.success ? renderCause(read.output).map((line) => line.slice(2)) : [];
  });
}

function turnLines({ content, stop, usage }: Record<string, unknown>, options: TranscriptOptions): readonly string[] {
  const blocks = Array.isArray(content) ? content.filter(isObject) : [];
  const tokens = isObject(usage)
    ? [
        `in ${textOf(usage["inputTokens"])}`,
        `cached ${textOf(usage["cacheReadTokens"])}`,
        `out ${textOf(usage["outputTokens"])}`,
      ]
    : [];
  return [
    ...blocks.flatMap((block) => blockLines(block, options)),
    `ended by ${textOf(stop)}; tokens: ${tokens.join(", ")}`,
  ];
}

function blockLines(
  { type, text, thinking, name, input }: Record<string, unknown>,
  options: TranscriptOptions,
): readonly string[] {
  if (type === "text") return linesOf(textOf(text), options);
  if (type === "thinking") return linesOf(`(thinks) ${textOf(thinking)}`, options);
  return type === "tool_use" ? [`→ ${textOf(name)} ${json(input, MOST.input, options)}`] : [];
}

function resultLines(value: unknown, { whole = false }: TranscriptOptions): readonly string[] {
  if (whole) return JSON.stringify(value ?? null, null, 1).split("\n");
  return [excerptOf(JSON.stringify(value ?? null), MOST.result)];
}

function linesOf(text: string, { whole = false }: TranscriptOptions): readonly string[] {
  const shown = whole || text.length <= MOST.text ? text : `${text.slice(0, MOST.text)}… (--whole shows all of it)`;
  return shown.split("\n").filter((line) => line.trim() !== "");
}

function json(value: unknown, most: number, { whole = false }: TranscriptOptions): string {
  const text = JSON.stringify(value ?? null);
  return whole ? text : excerptOf(text, most);
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
