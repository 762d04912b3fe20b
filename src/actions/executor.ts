/** The executor: begins what the ladder or a person permits, one effect at a time per instance, and verifies side by side. */

import { type ActionRun, hasEnded, incidentOf } from "../core/safety/action-run.ts";
import type { Wait } from "../core/safety/waiting.ts";
import { messageOf } from "../core/text/errors.ts";
import { actionsLease, executorLease, incidentLease, runLease } from "../core/words/lease.ts";
import { holdLease } from "../database/hold-lease.ts";
import { log } from "../io/log.ts";
import { repeatEvery } from "../io/repeat-every.ts";
import { act, type ExecutionOptions, settle } from "./execution.ts";
import { canRun, whyItWaits } from "./policy.ts";
import { endRun } from "./record.ts";
import { upkeep } from "./upkeep.ts";

/** What the executor works with. */
export interface ExecutorOptions extends Omit<ExecutionOptions, "signal"> {
  /** Id of the instance that is acted upon. */
  readonly instance: number;
  /** Milliseconds between two looks at what may begin. @default {1000} */
  readonly executeEveryMs?: number;
  /** Told of each run that was worked on, and where it is then. */
  readonly onWorked?: (run: ActionRun) => void;
  /** Told when a pending run waits, and again when it waits for something else. */
  readonly onWaits?: (run: ActionRun, wait: Wait) => void;
}

/** Milliseconds for which an executor that is not heard of counts as there. */
const PRESENCE_MS = 15_000;

/** Milliseconds between two tries of a run for which a person waits. */
const RETRY_MS = 200;

/** Begins whatever may begin until the signal aborts; what is being verified goes on meanwhile. A pass that fails is told and tried again. */
export async function runExecutor(options: ExecutorOptions, signal: AbortSignal): Promise<void> {
  const { clock, database, instance, actor: holder, executeEveryMs: everyMs = 1000 } = options;
  const ongoing = new Map<number, Promise<unknown>>();
  const tellWaits = waitTeller(options);
  async function pass(): Promise<void> {
    database.leases.acquire(executorLease(instance), { holder, nowMs: clock.now(), ttlMs: PRESENCE_MS });
    await tidy(options, signal);
    for (const run of beginnable(options)) {
      if (!ongoing.has(run.id)) await begin(run, ongoing, { ...options, signal });
    }
    tellWaits();
  }
  try {
    await repeatEvery(pass, { of: "executor", clock, everyMs }, signal);
  } finally {
    await Promise.all(ongoing.values());
    database.leases.release(executorLease(instance), holder);
  }
}

/** Works on the first run that may begin or was left by an earlier process, to its end, and answers it. */
export async function executeNext(options: ExecutorOptions, signal: AbortSignal): Promise<ActionRun | undefined> {
  await tidy(options, signal);
  for (const run of beginnable(options)) {
    if (await work(run, { ...options, signal })) return options.database.actionRuns.get(run.id);
  }
  return undefined;
}

/** Works on one run for which a person waits, and answers how it ended. What stands in its way ends it, but for another effect. */
export async function executeRun(id: number, options: ExecutorOptions, signal: AbortSignal): Promise<ActionRun> {
  const { database, instance, clock, actor } = options;
  for (;;) {
    const run = database.actionRuns.get(id);
    if (!run) throw new Error(`Cannot find action ${id}: it is gone, expected it to stay`);
    if (hasEnded(run)) return run;
    // What a dead process began is reported first: until then nothing else may have an effect.
    for (const left of database.actionRuns.list({ instance, state: "running" })) {
      if (left.id !== id) await work(left, { ...options, signal });
    }
    if (run.state !== "pending" || canRun(run, database, clock.now())) await work(run, { ...options, signal });
    const after = database.actionRuns.get(id);
    if (after?.state === "pending" && after.obstacle !== undefined) {
      endRun(database, after, { to: "cancelled", atMs: clock.now(), actor, reason: `Cancelled: ${after.obstacle}` });
    } else if (after && !hasEnded(after)) await clock.sleep(RETRY_MS, signal);
  }
}

async function tidy(options: ExecutorOptions, signal: AbortSignal): Promise<void> {
  for (const run of await upkeep({ ...options, signal })) options.onWorked?.(run);
}

type Working = ExecutorOptions & { readonly signal: AbortSignal };

/** What an earlier process left comes first: until it is reported, nothing else may have an effect. */
function beginnable({ database, instance, clock }: ExecutorOptions): readonly ActionRun[] {
  const { actionRuns } = database;
  const pending = actionRuns.list({ instance, state: "pending" });
  return [
    ...actionRuns.list({ instance, state: "running" }),
    ...actionRuns.list({ instance, state: "verifying" }),
    ...pending.filter((run) => canRun(run, database, clock.now())),
  ];
}

/** Tells of each pending run once what it waits for. How long it still waits changes all the time and is not told again. */
function waitTeller({ database, instance, clock, onWaits }: ExecutorOptions): () => void {
  const told = new Map<number, string>();
  return () => {
    for (const run of database.actionRuns.list({ instance, state: "pending" })) {
      const wait = whyItWaits(run, database, clock.now());
      const what = wait && JSON.stringify(wait.for === "rate" ? wait.for : wait);
      if (wait && what !== undefined && what !== told.get(run.id)) onWaits?.(run, wait);
      if (what !== undefined) told.set(run.id, what);
    }
  };
}

/** Begins one run, and returns when its effect is over. Its verification goes on beside what comes next. */
async function begin(run: ActionRun, ongoing: Map<number, Promise<unknown>>, options: Working): Promise<void> {
  const { promise, resolve: effectOver } = Promise.withResolvers<void>();
  const whole = work(run, options, effectOver)
    .catch((error: unknown) => {
      if (!options.signal.aborted) log.warn("Lost an action run", { run: run.id, error: messageOf(error) });
    })
    .finally(() => {
      ongoing.delete(run.id);
      effectOver();
    });
  ongoing.set(run.id, whole);
  await promise;
}

/** Brings a run as far as it goes now; answers whether anything became of it. Where another process has it, nothing does. */
async function work(run: ActionRun, options: Working, effectOver?: () => void): Promise<boolean> {
  const { database, instance, onWorked } = options;
  const { id } = run;
  const incident = incidentOf(run);
  await underLease(
    incident === undefined ? runLease(id) : incidentLease(incident),
    { ...options, id },
    async (signal) => {
      const current = database.actionRuns.get(id) ?? run;
      if (current.state === "pending" || current.state === "running") {
        await underLease(actionsLease(instance), { ...options, signal, id }, (signal) =>
          act(current, { ...options, signal }),
        );
      }
      effectOver?.();
      const done = database.actionRuns.get(id);
      if (done?.state === "verifying") await settle(done, { ...options, signal });
    },
  );
  const after = database.actionRuns.get(id);
  if (!after || after.state === run.state) return false;
  onWorked?.(after);
  return true;
}

/** The holder is the run, so that two runs of one process keep out of each other's way. */
function underLease<T>(
  name: string,
  { database, clock, actor, signal, id }: Working & { readonly id: number },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  return holdLease(name, { leases: database.leases, clock, holder: `${actor}#${id}`, signal }, work);
}
