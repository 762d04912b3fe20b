/** The words of the answer to "what is wrong", row by row: the same on a terminal, in HTML and in Markdown. */

import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import type { CheckedClaim } from "../../core/diagnosis/hypothesis.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import type { IncidentView } from "../../runtime/views/incident.ts";
import { utcClock } from "../plot.ts";
import { isoTime } from "../time.ts";
import { causeWords, chainWords } from "./cause.ts";
import { renderLadder } from "./ladder.ts";
import { nextStep } from "./next-step.ts";

/** A question in one word, and what answers it. */
export interface AnswerRow {
  /** Empty where it continues the row before it. */
  readonly label: string;
  readonly text: string;
  /** What a person would type, after a text that ends in a colon. */
  readonly command?: string;
}

/** Other causes that were confirmed before. */
const MOST_EARLIER = 2;

/** What happened, why, on which claims that rests (so many at most), and what to do next. */
export function answerRows(view: IncidentView, mostClaims: number): readonly AnswerRow[] {
  const { incident, tickets, diagnosis, earlier, safety } = view;
  const cause = diagnosis?.cause;
  const claims = cause ? decisiveClaims(cause.claims).slice(0, mostClaims) : [];
  const chain = diagnosis && chainWords(diagnosis);
  const next = nextStep({ ...view, halted: safety.halt !== undefined }) ?? endWords(view);
  return [
    { label: "What", text: whatWords(view) },
    { label: "Since", text: `${isoTime(incident.beganAtMs)}; ${countWords(tickets)}` },
    { label: "Why", text: whyWords(view) },
    ...claims.map(({ figure }, index) => ({ label: index === 0 ? "Because" : "", text: excerptOf(figure, 150) })),
    ...leadOf(diagnosis).map((text) => ({ label: "Unknown", text: excerptOf(text, 150) })),
    ...earlier.slice(-MOST_EARLIER).map((one) => {
      return { label: "Before", text: `${causeWords(one)} (${utcClock(one.atMs)} UTC)` };
    }),
    ...(chain === undefined ? [] : [{ label: "Spreads", text: chain }]),
    { label: "Next", ...commandApart(next) },
    { label: "Actions", text: renderLadder(safety.ladder, safety.halt) },
  ];
}

/** Without a cause, what leads on: the first of several things that are not known; the last is that nothing fits. */
function leadOf(diagnosis: Diagnosis | undefined): readonly string[] {
  return diagnosis && !diagnosis.cause ? diagnosis.unknowns.slice(0, -1).slice(0, 1) : [];
}

/** A sentence that ends in a command, and the command. */
function commandApart(sentence: string): Omit<AnswerRow, "label"> {
  const [, text, command] = /^(.*:) (operator .*)$/.exec(sentence) ?? [];
  return text === undefined || command === undefined ? { text: sentence } : { text, command };
}

function whatWords({ tickets: [first], incident: { title, mergedInto } }: IncidentView): string {
  if (!first)
    return mergedInto === undefined ? "No ticket is on record" : `${title}; incident ${mergedInto} has its tickets`;
  return `${excerptOf(first.problem.summary, 200)} (${first.invariant})`;
}

/** The cause, and whether it is over while something is left of it. What recovered by itself may never have been looked at. */
function whyWords({ incident: { state }, diagnosis, isOver = false }: IncidentView): string {
  if (!diagnosis && state === "resolved") return "not diagnosed: it was over before";
  return `${causeWords(diagnosis)}${isOver && state !== "resolved" ? "; it is over" : ""}`;
}

function countWords(tickets: readonly Ticket[]): string {
  const open = tickets.filter(({ state }) => state === "open").length;
  if (tickets.length === 0) return "no ticket of its own";
  const all = `${tickets.length} ${tickets.length === 1 ? "ticket" : "tickets"}`;
  return open === tickets.length ? `${all}, open` : `${all}, ${open === 0 ? "none" : open} open`;
}

/** By how directly each kind of claim shows the cause: its own words first, what an invariant says of it last. */
const DIRECTNESS: readonly CheckedClaim["predicate"]["kind"][] = [
  "logged",
  "inspected",
  "changed",
  "stepped",
  "state-is",
  "link-broken",
  "link-answers",
  "moved",
  "level",
  "link-works",
  "order",
  "verdict-is",
];

/** What bears the cause out, the most direct first; of what one invariant says of many entities, once. */
function decisiveClaims(claims: readonly CheckedClaim[]): readonly CheckedClaim[] {
  const carried = claims
    .filter(({ side, outcome }) => side === "for" && outcome === "true")
    .toSorted((a, b) => directness(a) - directness(b));
  const named = new Map(carried.toReversed().map((claim) => [nameOf(claim), claim]));
  return carried.filter((claim) => named.get(nameOf(claim)) === claim);
}

function nameOf({ predicate }: CheckedClaim): string {
  return predicate.kind === "verdict-is" ? predicate.invariant : JSON.stringify(predicate);
}

/** That a component is down is the symptom; its process and its probe show the cause. */
function directness({ predicate }: CheckedClaim): number {
  const isPlain = predicate.kind === "state-is" && predicate.path === "state";
  return DIRECTNESS.indexOf(predicate.kind) + (isPlain ? 0.5 : 0);
}

/** Of an incident that is over: who ended it, and what is left. */
function endWords({ incident, actions }: IncidentView): string {
  const { outcome, closing, mergedInto } = incident;
  const left = closing?.remains ? ` Its cause is still there: ${excerptOf(closing.remains.join("; "), 200)}` : "";
  // What opened again was fixed again.
  const fixed = actions
    .filter(({ run }) => run.state === "verified" || run.state === "helped")
    .toSorted((a, b) => a.run.id - b.run.id)
    .at(-1);
  if (mergedInto !== undefined)
    return `Nothing. It is part of incident ${mergedInto}: operator incidents show ${mergedInto}`;
  if (outcome === "action" && fixed) {
    const { id, action, preview } = fixed.run;
    const lasts = preview.lasts === undefined ? "" : ` Still in force: ${preview.lasts}`;
    return `Nothing. Action ${id} (${action}) fixed it.${left}${lasts}`;
  }
  if (outcome === "person") return `Nothing. A person ended it.${left}`;
  return `Nothing. It recovered without an action.${left}`;
}
