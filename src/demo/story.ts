/** The chapters after the fault: each waits for a row in the database and prints it. */

import type { Diagnosis } from "../core/diagnosis/diagnosis.ts";
import type { CheckedClaim } from "../core/diagnosis/hypothesis.ts";
import type { LoadReport } from "../core/subject/load-report.ts";
import type { Incident, IncidentState } from "../core/tickets/incident.ts";
import { powerOf } from "../deployments/deployment.ts";
import { renderLadder } from "../render/records/ladder.ts";
import type { Narrator } from "./narrator.ts";
import { waitFor } from "./patience.ts";
import type { Stage } from "./stage.ts";

/** What every part of the story has. */
export interface Story {
  readonly stage: Stage;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
  /** The component that was broken: what else opens on a busy machine is not told. */
  readonly component: string;
  /** Epoch milliseconds. */
  readonly brokenAtMs: number;
}

const TOLD: ReadonlySet<IncidentState> = new Set(["awaiting-approval", "acting", "verifying", "resolved", "escalated"]);
const MARKS = { true: "✓", false: "✗ false:", unknown: "?" } as const;

/** Waits for the incident and prints its tickets. */
export async function noticed(story: Story): Promise<number> {
  const { stage, narrator, component, brokenAtMs } = story;
  narrator.chapter("Notice");
  const look = (): number | undefined => incidentOf(story)?.id;
  const id = await waitFor(`incident of ${component}`, look, story);
  for (const ticket of stage.database.incidents.tickets(id)) {
    const afterMs = ticket.openedAtMs - brokenAtMs;
    narrator.say(
      "warn",
      `ticket ${ticket.id}, ${seconds(afterMs)} after the kill: ${ticket.invariant}: ${ticket.summary}`,
    );
  }
  return id;
}

/** Waits for the diagnosis and prints the cause, its claims and the options ruled out. */
export async function diagnosed(story: Story, incident: number): Promise<void> {
  const { stage, narrator } = story;
  narrator.chapter("Diagnose");
  await reached(
    incident,
    { wanted: "diagnosis", isThere: (state) => state !== "open" && state !== "investigating" },
    story,
  );
  const diagnosis = stage.database.incidents.diagnoses(incident).at(-1);
  if (!diagnosis?.cause) return narrator.say("bad", "no cause was found");
  const { cause, options, engine, confidence } = diagnosis;
  narrator.say(
    "strong",
    `${cause.mechanism} of ${cause.component}: ${cause.verdict} (engine ${engine}, confidence ${confidence})`,
  );
  for (const claim of cause.claims.filter(({ side }) => side === "for")) narrator.say("plain", renderClaim(claim));
  for (const option of namedOptions(diagnosis, options)) {
    narrator.say("dim", `ruled out: ${option.mechanism} of ${option.component}: ${option.rejectedBecause}`);
  }
}

/** Waits for the end and prints every transition. */
export async function fixed(story: Story, incident: number): Promise<void> {
  const { stage, narrator } = story;
  narrator.chapter("Fix and verify");
  const ladder = stage.database.safety.ladder(stage.opened.monitoring.instance.id);
  narrator.say("dim", `the ladder of this demo is ${renderLadder(ladder)}`);
  await reached(incident, { wanted: "end", isThere: (state) => state === "resolved" }, story);
  for (const { from, to, reason } of stage.database.incidents.transitions(incident)) {
    if (TOLD.has(to) || from === to) narrator.say(to === "escalated" ? "bad" : "plain", `${to}: ${reason}`);
  }
}

/** Prints each promise and whether it was kept. */
export async function proved(
  { stage, narrator, brokenAtMs, signal }: Story,
  { incident: id, report }: { readonly incident: number; readonly report: LoadReport },
): Promise<boolean> {
  const { database, deployment } = stage;
  const incident = database.incidents.get(id);
  const processes = await powerOf(deployment, "processes").list(signal);
  const audit = database.audit.verify();
  const tookMs = (incident?.resolvedAtMs ?? Number.NaN) - brokenAtMs;
  const { check } = report;
  const checks: readonly (readonly [boolean, string])[] = [
    [resolvedByAction(incident), `resolved by the operator's own action, ${seconds(tookMs)} after the kill`],
    [processes.every(({ state }) => state === "running"), "every component runs again"],
    [
      check?.verdict === "holds",
      `${report.requests} checks answered or accounted for. ${check?.summary ?? "Nothing was checked"}`,
    ],
    [audit.broken === undefined, "the audit log has the intent before the effect, and its hash chain holds"],
  ];
  for (const [held, text] of checks) narrator.say(held ? "good" : "bad", `${held ? "✓" : "✗"} ${text}`);
  return checks.every(([held]) => held);
}

function resolvedByAction(incident: Incident | undefined): boolean {
  return incident?.state === "resolved" && incident.outcome === "action";
}

/** The first incident of what was broken. */
function incidentOf({ component, brokenAtMs, stage }: Story): Incident | undefined {
  const { database, opened } = stage;
  const { incidents } = database;
  return incidents
    .list({ instance: opened.monitoring.instance.id })
    .toSorted((a, b) => a.id - b.id)
    .find(({ id }) => incidents.tickets(id).some(({ on, openedAtMs }) => on === component && openedAtMs >= brokenAtMs));
}

/** Waits until an incident has reached a state. */
async function reached(
  id: number,
  { wanted, isThere }: { readonly wanted: string; readonly isThere: (state: IncidentState) => boolean },
  { stage, signal }: Story,
): Promise<void> {
  const look = (): true | undefined => {
    const { state } = stage.database.incidents.get(id) ?? {};
    return state !== undefined && isThere(state) ? true : undefined;
  };
  await waitFor(`${wanted} of incident ${id}`, look, { signal });
}

/** Only options on the component of the cause: the others add nothing. */
function namedOptions({ cause }: Diagnosis, options: Diagnosis["options"]): Diagnosis["options"] {
  return options.filter(({ component }) => component === cause?.component).slice(0, 3);
}

function renderClaim({ outcome, figure }: CheckedClaim): string {
  return `${MARKS[outcome]} ${figure}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
