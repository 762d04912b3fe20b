/** The whole loop over one instance: watch, investigate, act, verify. Whoever wants all of it calls this one function. */

import { type ExecutorOptions, runExecutor } from "../actions/executor.ts";
import { consider } from "../actions/suggest.ts";
import { type AgentOptions, runAgent } from "../agent/agent.ts";
import type { Engine } from "../agent/engine.ts";
import type { BoundAction } from "../core/subject/action.ts";
import type { Session } from "../core/subject/subject.ts";
import { type MonitorOptions, monitor } from "../monitor/mod.ts";
import { together } from "./together.ts";

/** What the loop is given: what the monitor is, but for its name and signal, and how to find and mend. */
export interface OperateOptions extends Omit<MonitorOptions, "actor" | "signal"> {
  /** Unique among running processes, for instance `host:4711`; behind the kind it names who did something. */
  readonly name: string;
  readonly session: Session;
  readonly engine: Engine;
  /** What a deployment can mend, where there is one. */
  readonly deploymentActions?: ReadonlyMap<string, BoundAction>;
  readonly investigation?: Pick<AgentOptions, "investigateWithinMs" | "maxInvestigations" | "investigateEveryMs">;
  readonly execution?: Pick<
    ExecutorOptions,
    "runWithinMs" | "executeEveryMs" | "verifyWithinMs" | "verifyEveryMs" | "onWorked"
  >;
}

/** Runs until the signal aborts. Where another process watches the instance already, looks on and does the rest. */
export async function operate(options: OperateOptions, signal: AbortSignal): Promise<void> {
  const { name, session, engine, deploymentActions = new Map(), investigation, execution, ...monitoring } = options;
  const { database, series, clock, instance } = monitoring;
  const shared = { database, series, clock, session, instance: instance.id };
  const actions = new Map([...session.actions, ...deploymentActions]);
  const propose: AgentOptions["consider"] = (conclusion, now) => consider(conclusion, now, actions);
  await together(signal, [
    (signal) => monitor(session, { ...monitoring, actor: `monitor/${name}`, signal }),
    (signal) => runAgent({ ...shared, ...investigation, engine, consider: propose, actor: `agent/${name}` }, signal),
    (signal) => runExecutor({ ...shared, ...execution, actions, actor: `executor/${name}` }, signal),
  ]);
}
