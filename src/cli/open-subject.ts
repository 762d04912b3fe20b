/** Opens what `watch`, `agent`, `tickets` and the demo work with: one subject instance, its session, its past and its actions. */

import type { BoundAction } from "../core/action.ts";
import type { Clock } from "../core/clock.ts";
import type { Instance } from "../core/instance.ts";
import type { Thresholds } from "../core/invariant.ts";
import type { LogSource } from "../core/logs.ts";
import type { SeriesSource } from "../core/series.ts";
import type { InvariantInfo, Session, Subject } from "../core/subject.ts";
import type { Database } from "../database/mod.ts";
import { deploymentActions } from "../deployments/actions.ts";
import type { Deployment } from "../deployments/deployment.ts";
import { endpointsOf } from "../deployments/endpoints.ts";
import { SUBJECTS } from "../subjects/registry.ts";

/** What is opened, and where its rows go. */
export interface OpenSubjectOptions {
  readonly deployment: Deployment;
  readonly database: Database;
  readonly clock: Clock;
  readonly thresholds?: Readonly<Record<string, Thresholds>>;
  /** Milliseconds by invariant, where they differ from the defaults. */
  readonly graceMs?: Readonly<Record<string, number>>;
}

/** A subject instance that is being worked with. */
export interface OpenSubject extends AsyncDisposable {
  readonly subject: Subject;
  readonly instance: Instance;
  readonly session: Session;
  /** With the graces in force. */
  readonly invariants: readonly InvariantInfo[];
  readonly series: SeriesSource;
  /** What the deployment can mend. */
  readonly deploymentActions: ReadonlyMap<string, BoundAction>;
}

/** Opens the subject that a deployment runs. */
export async function openSubject(options: OpenSubjectOptions): Promise<OpenSubject> {
  const { deployment, database, clock, thresholds, graceMs = {} } = options;
  const subject = await loadSubject(deployment.subject);
  const instance = database.instances.ensure({ subject: subject.id, name: deployment.id });
  const known = database.pictures.at(instance.id, clock.now());
  const session = await subject.open(endpointsOf(deployment), {
    clock,
    logs: logsOf(deployment),
    ...(thresholds && { thresholds }),
    ...(known && { known }),
  });
  return {
    subject,
    instance,
    session,
    invariants: subject.invariants.map((one) => ({ ...one, graceMs: graceMs[one.id] ?? one.graceMs })),
    series: async (question) => database.samples.query(instance.id, question),
    deploymentActions: deploymentActions(deployment, { topology: () => session.topology() }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

async function loadSubject(id: string): Promise<Subject> {
  const load = SUBJECTS.get(id);
  if (load) return await load();
  throw new Error(`Cannot open subject "${id}", expected one of ${[...SUBJECTS.keys()].join(", ")}`);
}

function logsOf(deployment: Deployment): LogSource {
  return (component, filter) => deployment.logs(component, filter);
}
