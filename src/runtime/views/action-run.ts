/** One action run with everything that a person needs to approve or reject it: why it waits, and its evidence. */

import { approvalRefusal } from "../../actions/control.ts";
import { whyItWaits } from "../../actions/policy.ts";
import { type ActionRun, type Approval, incidentOf } from "../../core/safety/action-run.ts";
import { type Wait, waitWords } from "../../core/safety/waiting.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import type { Instance } from "../../core/words/instance.ts";
import type { AuditRow, Database } from "../../database/mod.ts";
import { instanceOf } from "../instances.ts";

/** A run as a list shows it. */
export interface ActionRunView {
  readonly run: ActionRun;
  readonly instance: Instance;
  /** Why it does not begin; absent if it is not pending, or is about to begin. */
  readonly wait?: Wait;
  /** The same as text. */
  readonly waits?: string;
  /** The command with which a person can continue; absent if none would succeed. */
  readonly advice?: string;
}

/** A run in detail. */
export interface ActionRunDetail extends ActionRunView {
  readonly incident?: Incident;
  readonly approvals: readonly Approval[];
  /** Its rows in the audit log, oldest first. */
  readonly audit: readonly AuditRow[];
}

/** Each run with why it waits. */
export function actionRunView(database: Database, run: ActionRun, nowMs: number): ActionRunView {
  const wait = run.state === "pending" ? whyItWaits(run, database, nowMs) : undefined;
  const advice = wait && adviceOn(database, run, { wait, nowMs });
  return {
    run,
    instance: instanceOf(database, run),
    ...(wait && { wait, waits: waitWords(wait, run, nowMs) }),
    ...(advice !== undefined && { advice }),
  };
}

/** Reads one run; `undefined` if there is none of that number. */
export function actionRunDetail(database: Database, id: number, nowMs: number): ActionRunDetail | undefined {
  const run = database.actionRuns.get(id);
  if (!run) return undefined;
  const number = incidentOf(run);
  const incident = number === undefined ? undefined : database.incidents.get(number);
  return {
    ...actionRunView(database, run, nowMs),
    approvals: database.actionRuns.approvals(id),
    audit: auditOf(database, id),
    ...(incident && { incident }),
  };
}

/** Suggests no command that must fail. */
function adviceOn(
  database: Database,
  run: ActionRun,
  { wait, nowMs }: { readonly wait: Wait; readonly nowMs: number },
): string | undefined {
  if (wait.for === "resume") return "Lift the halt with: operator resume";
  if (wait.for === "ladder") return "Raise the ladder with: operator ladder set approve";
  const isApprovable = wait.for === "approval" || wait.for === "rate";
  if (!isApprovable || approvalRefusal(database, run.id, nowMs) !== undefined) return undefined;
  return `Approve with: operator actions approve ${run.id}`;
}

const PAGE = 1000;

/** Version 0.1.0 called a run a proposal. */
function auditOf({ audit }: Database, id: number): readonly AuditRow[] {
  const found: AuditRow[] = [];
  for (let page = audit.list(0, PAGE); page.length > 0; page = audit.list(page.at(-1)?.id, PAGE)) {
    found.push(
      ...page.filter(({ detail }) => Bun.deepMatch({ run: id }, detail) || Bun.deepMatch({ proposal: id }, detail)),
    );
  }
  return found;
}
