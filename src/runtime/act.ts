/** Acting in the foreground: actions that a person asks for now, and permitted ones. */

import { approve } from "../actions/control.ts";
import { type ExecutorOptions, executeNext, executeRun } from "../actions/executor.ts";
import { proposeByHand } from "../actions/propose.ts";
import type { ActionRun } from "../core/safety/action-run.ts";
import type { BoundAction } from "../core/subject/action.ts";
import { byHand, processName } from "./person.ts";
import type { OpenSubject } from "./subjects/open-subject.ts";

/** How actions are run and verified, and who is notified. */
export type Execution = Pick<
  ExecutorOptions,
  "runWithinMs" | "executeEveryMs" | "verifyWithinMs" | "verifyEveryMs" | "onWorked" | "onWaits"
>;

/** An action as a person asks for it. */
export interface ActRequest {
  /** Id of an offered action. */
  readonly action: string;
  /** Fields of its input, as they are typed. */
  readonly fields: Readonly<Record<string, string>>;
  /** Why, for the record. */
  readonly reason: string;
}

/** Runs every action that may begin now, one after the other. */
export async function executeAll(opened: OpenSubject, execution: Execution, signal: AbortSignal): Promise<void> {
  while (await executeNext(executorOptions(opened, execution), signal));
}

/** Records a person's action run; it waits for an approval. */
export function propose(
  opened: OpenSubject,
  { reason, ...request }: ActRequest,
  signal: AbortSignal,
): Promise<ActionRun> {
  const { database, session, instance, actions } = executorOptions(opened);
  return proposeByHand({ database, session, instance, actions, signal }, { ...request, ...byHand(reason) });
}

/** Runs at once what a person asks for: the command is its own approval, on every rung of the ladder. */
export async function actNow(
  opened: OpenSubject,
  request: ActRequest & { readonly execution?: Execution },
  signal: AbortSignal,
): Promise<ActionRun> {
  const options = executorOptions(opened, request.execution);
  const proposed = await propose(opened, request, signal);
  approve(options.database, proposed.id, { ...byHand(request.reason), digest: proposed.digest });
  return await executeRun(proposed.id, options, signal);
}

/** The actions of the subject and of its deployment. */
export function actionsOf({
  session,
  deploymentActions,
}: Pick<OpenSubject, "session" | "deploymentActions">): ReadonlyMap<string, BoundAction> {
  return new Map([...session.actions, ...deploymentActions]);
}

function executorOptions(opened: OpenSubject, execution: Execution = {}): ExecutorOptions {
  const { session, monitoring } = opened;
  const actor = `executor/${processName()}` as const;
  return { ...monitoring, instance: monitoring.instance.id, session, actions: actionsOf(opened), actor, ...execution };
}
