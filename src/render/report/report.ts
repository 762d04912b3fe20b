/** An incident as a report, in parts that a page in HTML and one in Markdown are both made of. */

import { isRuledOut } from "../../core/diagnosis/hypothesis.ts";
import { commandOf } from "../../core/safety/action-command.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import { formatDurationMs } from "../../core/text/units.ts";
import { titleOf } from "../../core/words/instance.ts";
import type { IncidentView } from "../../runtime/views/incident.ts";
import { actionRunRows } from "../records/action-run.ts";
import { type AnswerRow, answerRows } from "../records/answer-words.ts";
import { chainWords, standingWords } from "../records/cause.ts";
import { type ClaimWords, claimWords } from "../records/claim.ts";
import { evidenceSections } from "../records/evidence.ts";
import { kinOf } from "../records/incident.ts";
import { scopeOf, type TimelineRow, timelineOf } from "../records/incident-timeline.ts";
import { investigationWords, totalWords } from "../records/investigation.ts";
import { opinionWords } from "../records/second-opinion.ts";
import { ticketRows } from "../records/ticket.ts";
import { isoTime } from "../time.ts";

/** The report of one incident, the answer first. */
export interface Report {
  /** Number of the incident. */
  readonly id: number;
  readonly title: string;
  /** Where it is, and for how long. */
  readonly standing: string;
  readonly isOver: boolean;
  readonly severity?: string;
  /** Subject and name of what it is about. */
  readonly instance: string;
  readonly answer: readonly AnswerRow[];
  readonly sections: readonly ReportSection[];
  /** Epoch milliseconds. */
  readonly madeAtMs: number;
}

/** A heading with what stands below it. */
export interface ReportSection {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** One piece of a section. */
export type Block =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  | { readonly kind: "timeline"; readonly rows: readonly ReportEvent[] }
  | { readonly kind: "table"; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: "claims"; readonly claims: readonly ReportClaim[]; readonly title?: string }
  | { readonly kind: "options"; readonly options: readonly ReportOption[] }
  | { readonly kind: "log"; readonly lines: readonly string[] };

/** One thing that happened. */
export interface ReportEvent extends TimelineRow {
  /** Time from the beginning of the incident. */
  readonly offset: string;
}

/** A claim, and for whom it speaks where two have made claims. */
export interface ReportClaim extends ClaimWords {
  readonly speaks?: string;
}

/** A cause that was considered, and why it is not the one. */
export interface ReportOption {
  readonly name: string;
  readonly because: string;
  readonly claims: readonly ClaimWords[];
}

/** Claims of the answer, and tickets of the list. */
const MOST = { claims: 5, tickets: 50 } as const;

/** Makes the report of what is on record. */
export function reportOf(view: IncidentView, nowMs: number): Report {
  const { incident, instance, tickets } = view;
  const [worst] = tickets;
  return {
    id: incident.id,
    title: excerptOf(incident.title, 300),
    standing: standingWords(incident, nowMs),
    isOver: incident.state === "resolved",
    ...(worst && { severity: worst.severity }),
    instance: titleOf(instance),
    answer: answerRows(view, MOST.claims),
    sections: [
      ...timelineSection(view),
      ...spreadSection(view),
      ...causeSection(view),
      ...opinionSection(view),
      ...optionsSection(view),
      ...actionsSection(view, nowMs),
      ...unknownSection(view),
      ...ticketsSection(view, nowMs),
      ...evidenceOf(view),
      ...costSection(view, nowMs),
    ],
    madeAtMs: nowMs,
  };
}

function timelineSection(view: IncidentView): readonly ReportSection[] {
  const { beganAtMs } = view.incident;
  const rows = timelineOf(view).map((row) => ({ ...row, offset: offsetOf(row.atMs - beganAtMs) }));
  return [{ title: "Timeline", blocks: [{ kind: "timeline", rows }] }];
}

function offsetOf(ms: number): string {
  const rounded = Math.round(ms / 100) * 100;
  if (rounded === 0) return "0s";
  return `${rounded < 0 ? "−" : "+"}${formatDurationMs(Math.abs(rounded))}`;
}

function spreadSection({ diagnosis }: IncidentView): readonly ReportSection[] {
  if (!diagnosis || diagnosis.propagation.length === 0) return [];
  const chain = chainWords(diagnosis);
  const rows = diagnosis.propagation.map(({ from, to, how }) => [from, to, excerptOf(how)]);
  const blocks: Block[] = chain === undefined ? [] : [{ kind: "text", text: chain }];
  return [{ title: "How it spread", blocks: [...blocks, { kind: "table", head: ["From", "To", "How"], rows }] }];
}

function causeSection({ diagnosis }: IncidentView): readonly ReportSection[] {
  if (!diagnosis) return [];
  const { engine, atMs, observation, cause, confidence } = diagnosis;
  const head = `Diagnosis by ${engine} at ${isoTime(atMs)}, confidence ${confidence}.`;
  const seen: Block = { kind: "text", text: `${head} ${excerptOf(observation, 500)}` };
  if (!cause) return [{ title: "Cause", blocks: [seen, { kind: "text", text: "No cause was found." }] }];
  const { mechanism, component, verdict, summary, claims } = cause;
  const named: Block = { kind: "text", text: `${mechanism} of ${component}: ${verdict}. ${excerptOf(summary)}` };
  const [struck, standing] = [claims.filter(isRuledOut), claims.filter((claim) => !isRuledOut(claim))];
  const ruledOut: Block = { kind: "claims", title: "Claims that the data ruled out", claims: struck.map(claimWords) };
  return [
    {
      title: "Cause",
      blocks: [
        named,
        { kind: "claims", claims: standing.map(claimWords) },
        ...(struck.length > 0 ? [ruledOut] : []),
        seen,
      ],
    },
  ];
}

function opinionSection({ diagnosis }: IncidentView): readonly ReportSection[] {
  const opinion = diagnosis && opinionWords(diagnosis);
  if (!opinion) return [];
  const claims = opinion.claims.map(({ speaks, claim }) => ({ ...claim, speaks }));
  const text = `${opinion.found}. ${opinion.agreement}.`;
  return [
    {
      title: "Second opinion",
      blocks: [
        { kind: "text", text },
        { kind: "claims", claims },
      ],
    },
  ];
}

function optionsSection({ diagnosis }: IncidentView): readonly ReportSection[] {
  if (!diagnosis || diagnosis.options.length === 0) return [];
  const options = diagnosis.options.map(({ mechanism, component, rejectedBecause, claims }) => {
    return {
      name: `${mechanism} of ${component}`,
      because: excerptOf(rejectedBecause),
      claims: claims.map(claimWords),
    };
  });
  return [{ title: "Options ruled out", blocks: [{ kind: "options", options }] }];
}

function actionsSection({ diagnosis, actions }: IncidentView, nowMs: number): readonly ReportSection[] {
  const suggested = (diagnosis?.suggestions ?? []).map((one) => [
    commandOf(one),
    one.risk,
    excerptOf(one.expectedEffect),
  ]);
  const [head = [], ...runs] = actionRunRows(actions, nowMs);
  return [
    ...tableSection("Suggested actions", ["Action", "Risk", "Expected effect"], suggested),
    ...tableSection("Actions on record", head.map(capitalized), runs),
  ];
}

function unknownSection({ diagnosis }: IncidentView): readonly ReportSection[] {
  const items = (diagnosis?.unknowns ?? []).map((unknown) => excerptOf(unknown));
  return items.length === 0 ? [] : [{ title: "Not known", blocks: [{ kind: "list", items }] }];
}

function ticketsSection(view: IncidentView, nowMs: number): readonly ReportSection[] {
  const { tickets, instance } = view;
  const shown = tickets.slice(0, MOST.tickets);
  const [head = [], ...rows] = ticketRows(shown, () => instance.name, nowMs);
  const more = tickets.length - shown.length;
  const items = [...kinOf(view).map((cells) => cells.join(": ")), ...(more > 0 ? [`and ${more} more tickets`] : [])];
  const blocks: readonly Block[] = [
    { kind: "table", head: head.map(capitalized), rows },
    ...(items.length > 0 ? [{ kind: "list" as const, items }] : []),
  ];
  return [{ title: "Tickets", blocks }];
}

function evidenceOf(view: IncidentView): readonly ReportSection[] {
  const sections = evidenceSections(view.evidence, { columns: Number.POSITIVE_INFINITY, ...scopeOf(view) });
  return sections.map(({ title, head, rows, isLog }) => {
    const block: Block = isLog
      ? { kind: "log", lines: rows.map((cells) => cells.join(" ")) }
      : { kind: "table", head, rows };
    return { title, blocks: [block] };
  });
}

function costSection({ investigation }: IncidentView, nowMs: number): readonly ReportSection[] {
  if (!investigation) return [];
  const outcome = excerptOf(investigation.outcome);
  const text = `${investigationWords(investigation, nowMs)}${outcome === "" ? "" : `. ${outcome}`}`;
  const all = totalWords(investigation).map((line): Block => ({ kind: "text", text: line }));
  return [{ title: "Investigation and its cost", blocks: [{ kind: "text", text }, ...all] }];
}

function tableSection(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly ReportSection[] {
  return rows.length === 0 ? [] : [{ title, blocks: [{ kind: "table", head, rows }] }];
}

function capitalized(word: string): string {
  return word.length < 3 ? word : word.slice(0, 1) + word.slice(1).toLowerCase();
}
