/** Action runs as text. Nothing of what would be sent, or of why, is cut. */

import { commandOf } from "../../core/safety/action-command.ts";
import { type ActionRun, isGood } from "../../core/safety/action-run.ts";
import { plainLine } from "../../core/text/plain.ts";
import { titleOf } from "../../core/words/instance.ts";
import type { ActionRunDetail, ActionRunView } from "../../runtime/views/action-run.ts";
import { tableLines } from "../table.ts";
import { ageOf, isoTime } from "../time.ts";
import { renderCause } from "./claim.ts";

/** One line of a run that was worked on. */
export function renderDone(run: ActionRun): string {
  return `action ${run.id} ${run.state}: ${commandOf(run)}: ${oneLine(run.reason)}`;
}

/** A table of runs, with a head; each with why it waits or how it ended. */
export function renderActionRuns(views: readonly ActionRunView[], nowMs: number): readonly string[] {
  const instances = ["INSTANCE", ...views.map(({ instance }) => titleOf(instance))];
  return tableLines(actionRunRows(views, nowMs).map((row, at) => row.toSpliced(3, 0, instances[at] ?? "")));
}

/** The cells of {@linkcode renderActionRuns}, all of one instance. */
export function actionRunRows(views: readonly ActionRunView[], nowMs: number): readonly (readonly string[])[] {
  const rows = views.map(({ run, waits }) => [
    String(run.id),
    run.state,
    run.risk,
    originWords(run),
    ageOf(run.proposedAtMs, nowMs),
    `${commandOf(run)}: ${oneLine(waits ?? (run.state === "pending" ? "about to begin" : run.reason))}`,
  ]);
  return [["ID", "STATE", "RISK", "FOR", "PROPOSED", "ACTION"], ...rows];
}

/** Everything about one run: what would be sent, what it would do, why it waits, and the evidence that it rests on. */
export function renderActionRun(view: ActionRunDetail, nowMs: number): readonly string[] {
  const { run, audit } = view;
  const { origin } = run;
  return [
    `Action ${run.id}: ${commandOf(run)}`,
    "",
    ...indented(tableLines(factsOf(view, nowMs))),
    "",
    "Rests on",
    ...(origin.kind === "incident" ? renderCause(origin.cause) : [`  ${oneLine(basisOf(run))}`]),
    ...(audit.length > 0 ? ["", "History", ...indented(tableLines(audit.map(historyOf)))] : []),
  ];
}

function factsOf(
  { run, instance, incident, waits, approvals }: ActionRunDetail,
  nowMs: number,
): readonly (readonly string[])[] {
  const { preview, dueAtMs, predecessor } = run;
  const good = approvals.find((approval) => isGood(approval, run.digest, nowMs));
  return [
    ["state", waits === undefined ? run.state : `${run.state}; ${oneLine(waits)}`],
    ["why", oneLine(run.reason)],
    ["instance", titleOf(instance)],
    ["for", incident ? `incident ${incident.id} (${incident.state}): ${oneLine(incident.title)}` : originWords(run)],
    ["sends", oneLine(preview.sends)],
    ["effect", oneLine(preview.expectedEffect)],
    ["risk", run.risk],
    ["touches", preview.entities.join(", ") || "no known component"],
    ["stops", preview.stops.join(", ") || "nothing"],
    ...(preview.lasts === undefined ? [] : [["lasts", oneLine(preview.lasts)]]),
    ["proposed", `${isoTime(run.proposedAtMs)} by ${run.proposedBy}`],
    ...(dueAtMs === undefined ? [] : [["due", isoTime(dueAtMs)]]),
    ...(predecessor === undefined ? [] : [["after", `action ${predecessor}`]]),
    ...(good ? [["approved", `by ${good.actor}, until ${isoTime(good.expiresAtMs)}`]] : []),
    ...(run.endedAtMs === undefined ? [] : [["ended", isoTime(run.endedAtMs)]]),
  ];
}

function basisOf({ origin, proposedBy, predecessor }: ActionRun): string {
  if (origin.kind === "plan")
    return `plan ${origin.plan}${predecessor === undefined ? "" : `, after action ${predecessor}`}`;
  return `${proposedBy} asked for it; no claims are checked`;
}

function originWords({ origin }: ActionRun): string {
  switch (origin.kind) {
    case "incident":
      return `incident ${origin.incident}`;
    case "plan":
      return `plan ${oneLine(origin.plan)}`;
    case "person":
      return "a person";
  }
}

function historyOf({ atMs, actor, event, detail }: ActionRunDetail["audit"][number]): readonly string[] {
  const reason = typeof detail === "object" && detail !== null && "reason" in detail ? String(detail.reason) : "";
  return [isoTime(atMs), actor, event, oneLine(reason)];
}

function oneLine(text: string): string {
  return plainLine(text).replaceAll(/\s+/g, " ").trim();
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
