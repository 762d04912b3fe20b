/** Writes what becomes of an action run: the run, the audit log and its incident, in one durable transaction. */

import { type ActionRun, incidentOf, type RunStep } from "../core/safety/action-run.ts";
import { type IncidentState, mayMove, type Outcome } from "../core/tickets/incident.ts";
import type { Actor } from "../core/words/actor.ts";
import type { Database } from "../database/mod.ts";

/** Where a step leaves the incident of a run. */
export interface IncidentMove {
  readonly to: IncidentState;
  readonly outcome?: Outcome;
}

/** What is written. */
export interface RunRecord {
  readonly atMs: number;
  readonly actor: Actor;
  /** Kebab-case name for the audit log. */
  readonly event: string;
  /** For the audit log. */
  readonly detail?: object;
  readonly step?: Pick<RunStep, "to">;
  readonly incident?: IncidentMove;
  readonly reason: string;
}

/** Writes one step of a run, and answers the run. An incident that may not go there stays where it is. */
export function recordRun(database: Database, run: ActionRun, record: RunRecord): ActionRun {
  const { atMs, actor, event, detail, step, incident: move, reason } = record;
  const { id, instance, action } = run;
  const incident = incidentOf(run);
  return database.transactDurably(() => {
    const about = { run: id, action, ...(incident !== undefined && { incident }) };
    database.audit.append({ atMs, actor, instance, event, detail: { ...about, reason, ...detail } });
    if (move && incident !== undefined) {
      const { state } = database.incidents.get(incident) ?? {};
      if (state && mayMove(state, move.to)) database.incidents.move(incident, { ...move, atMs, actor, reason });
    }
    return step ? database.actionRuns.advance(id, { ...step, atMs, reason }) : run;
  });
}

/** Where each end of a run leaves its incident. */
const ENDS = {
  verified: { to: "resolved", outcome: "action" },
  helped: { to: "diagnosed" },
  ineffective: { to: "escalated" },
  harmful: { to: "escalated" },
  failed: { to: "escalated" },
  interrupted: { to: "escalated" },
  cancelled: { to: "diagnosed" },
  rejected: { to: "escalated" },
  overdue: { to: "diagnosed" },
} as const satisfies Readonly<Record<string, IncidentMove>>;

/** Ends a run, and answers it. */
export function endRun(
  database: Database,
  run: ActionRun,
  { to, ...by }: Pick<RunRecord, "atMs" | "actor" | "detail" | "reason"> & { readonly to: keyof typeof ENDS },
): ActionRun {
  return recordRun(database, run, { ...by, event: `action-${to}`, step: { to }, incident: ENDS[to] });
}
