/** Opens what `watch`, `agent`, `doctor` and the demo work with: one subject instance, its session, history and actions. */

import type { BoundAction } from "../../core/subject/action.ts";
import type { BoundInspection } from "../../core/subject/inspection.ts";
import type { Session, SessionOptions } from "../../core/subject/subject.ts";
import type { Clock } from "../../core/system/clock.ts";
import { OWN_INVARIANTS } from "../../core/tickets/own-invariants.ts";
import type { Database } from "../../database/mod.ts";
import { deploymentActions } from "../../deployments/actions.ts";
import { type Deployment, isEmulated } from "../../deployments/deployment.ts";
import { deploymentInspections } from "../../deployments/inspections.ts";
import { joinComponents } from "../../deployments/join.ts";
import type { CheckupOptions } from "../../monitor/mod.ts";
import { type History, historyOf } from "./history.ts";
import { marked, markingOf } from "./marking.ts";
import type { SubjectTarget } from "./resolve-subject.ts";

/** The database, and the clock. */
export interface OpenSubjectOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Milliseconds between two looks of a monitor, where one will run. */
  readonly intervalMs?: number;
}

/** A subject instance that is being worked with. */
export interface OpenSubject extends AsyncDisposable {
  readonly target: SubjectTarget;
  readonly session: Session;
  /** Options of a monitor, except its name and signal. */
  readonly monitoring: Omit<CheckupOptions, "actor" | "signal">;
  /** Actions of the deployment; empty without one. */
  readonly deploymentActions: ReadonlyMap<string, BoundAction>;
}

/** Opens a target, and records its instance. */
export async function openSubject(target: SubjectTarget, options: OpenSubjectOptions): Promise<OpenSubject> {
  const { subject, name, configured, deployment, thresholds, ephemeral, graceMs = {} } = target;
  const { database, clock, intervalMs } = options;
  const named = database.instances.ensure({ subject: subject.id, name });
  const known = database.pictures.at(named.id, clock.now());
  let past: History | undefined;
  const opened = await configured.open({
    clock,
    series: async (question, signal) => (await past?.series(question, signal)) ?? [],
    ...(intervalMs !== undefined && { intervalMs }),
    ...(deployment && processSourceOf(deployment)),
    ...(deployment?.logs && { logs: deployment.logs.bind(deployment) }),
    ...(thresholds && { thresholds }),
    ...(ephemeral && { ephemeral }),
    ...(known && { known }),
  });
  const marking = markingOf(database, named, deployment ? isEmulated(deployment) : undefined);
  const session = deployment ? opened : await marked(opened, marking);
  const { id: instance } = named;
  past = historyOf({ subject, session, instance, database, clock });
  const own = OWN_INVARIANTS.filter(({ id }) => graceMs[id] !== undefined).map(({ id }) => [id, graceMs[id]]);
  return {
    target,
    session,
    monitoring: {
      database,
      clock,
      ...past,
      get instance() {
        return marking.instance();
      },
      invariants: subject.invariants.map((one) => ({ ...one, graceMs: graceMs[one.id] ?? one.graceMs })),
      ...(deployment && { inspections: processInspections(deployment, session) }),
      ownGraceMs: Object.fromEntries(own),
      registerEveryMs: subject.registerEveryMs,
    },
    deploymentActions: deployment ? deploymentRepairs(deployment, session) : new Map(),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function processSourceOf({ id, processes }: Deployment): Pick<SessionOptions, "processes"> {
  return processes ? { processes: { owner: id, read: (signal) => processes.list(signal) } } : {};
}

function processInspections(deployment: Deployment, session: Session): readonly BoundInspection[] {
  return deploymentInspections(
    deployment,
    (component) => joinComponents(session.topology(), deployment).get(component)?.id,
  );
}

function deploymentRepairs(deployment: Deployment, session: Session): ReadonlyMap<string, BoundAction> {
  return deploymentActions(deployment, { topology: () => session.topology() });
}
