/** The whole loop over one instance: watch, investigate, act, verify. */

import { runExecutor } from "../actions/executor.ts";
import { whyItWaits } from "../actions/policy.ts";
import { consider } from "../actions/suggest.ts";
import { type AgentOptions, runAgent } from "../agent/agent.ts";
import type { Engine } from "../agent/engines/engine.ts";
import { type Wait, waitWords } from "../core/safety/waiting.ts";
import { monitor } from "../monitor/mod.ts";
import { actionsOf, type Execution } from "./act.ts";
import { processName } from "./person.ts";
import type { OpenSubject } from "./subjects/open-subject.ts";
import { together } from "./together.ts";
import type { WatchOptions } from "./watch.ts";

/** How an instance is watched, investigated and repaired. */
export interface OperateOptions extends WatchOptions {
  readonly engine: Engine;
  /** The name after the kind of an actor; unique among running processes. @default {`⟨host⟩:⟨pid⟩`} */
  readonly name?: string;
  readonly investigation?: Pick<AgentOptions, "limits" | "dayLimits" | "allUsd" | "investigateEveryMs" | "onStep">;
  readonly execution?: Execution;
}

/** Number of newest runs of an instance with which a new proposal is compared. */
const RUNS_CONSIDERED = 200;

/** Runs until the signal aborts. If another process already watches the instance, this one stands by for that and does the rest. */
export async function operate(opened: OpenSubject, options: OperateOptions, signal: AbortSignal): Promise<void> {
  const { name = processName(), engine, investigation, execution, ...watching } = options;
  const { session, monitoring } = opened;
  const { database, series, clock, instance } = monitoring;
  const shared = { database, series, clock, session, instance: instance.id };
  await together(signal, [
    (signal) => monitor(session, { ...monitoring, ...watching, actor: `monitor/${name}`, signal }),
    (signal) => runAgent(agentOptions(opened, { engine, name, ...(investigation && { investigation }) }), signal),
    (signal) => runExecutor({ ...shared, ...execution, actions: actionsOf(opened), actor: `executor/${name}` }, signal),
  ]);
}

/** Options of the agent for an open subject. */
export function agentOptions(
  opened: OpenSubject,
  { engine, name = processName(), investigation }: Pick<OperateOptions, "engine" | "name" | "investigation">,
): AgentOptions {
  const { session, monitoring } = opened;
  const { database, series, clock, instance } = monitoring;
  const actions = actionsOf(opened);
  return {
    database,
    series,
    clock,
    session,
    instance: instance.id,
    ...investigated(opened),
    ...investigation,
    engine,
    actor: `agent/${name}`,
    consider: (conclusion, now) =>
      consider(conclusion, now, {
        actions,
        runs: database.actionRuns.list({ instance: instance.id, limit: RUNS_CONSIDERED }),
      }),
    whyItWaits: (run) => {
      const wait = whyItWaits(run, database, clock.now());
      return wait && FOR_A_PERSON.has(wait.for) ? waitWords(wait, run, clock.now()) : undefined;
    },
  };
}

/** Waits that only a person can end. */
const FOR_A_PERSON: ReadonlySet<Wait["for"]> = new Set<Wait["for"]>(["approval", "ladder", "resume"]);

/** What an investigation knows of the subject, and what it may read. */
function investigated({ target: { subject }, monitoring }: OpenSubject): Pick<AgentOptions, "subject" | "inspections"> {
  const { id, description, vocabulary } = subject;
  const { invariants, inspections } = monitoring;
  return { subject: { id, description, vocabulary, invariants }, ...(inspections && { inspections }) };
}
