/** The executor: fires what the ladder or a person allows, one action at a time per instance, the intent on record before the effect. */

import { freshEvidence } from "../core/diagnosis/fresh-evidence.ts";
import { remainingClaims } from "../core/diagnosis/hypothesis.ts";
import { blastRadius } from "../core/safety/blast-radius.ts";
import { isEarly, isReadable, type Proposal, type ProposalState } from "../core/safety/proposal.ts";
import type { BoundAction } from "../core/subject/action.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import { ActionError, messageOf } from "../core/text/errors.ts";
import { type IncidentState, mayMove, type Outcome } from "../core/tickets/incident.ts";
import type { Actor } from "../core/words/actor.ts";
import { actionsLease, incidentLease } from "../core/words/lease.ts";
import { holdLease } from "../database/hold-lease.ts";
import { repeatEvery } from "../io/repeat-every.ts";
import { digestOf } from "./digest.ts";
import { carryHalt } from "./halt.ts";
import { canRun, claimRun } from "./policy.ts";
import { lookAt, type VerifyOptions, verify } from "./verify.ts";

/** What the executor works with. */
export interface ExecutorOptions extends VerifyOptions {
  /** Id of the instance that is acted upon. */
  readonly instance: number;
  /** Those of the session and of the deployment, by id. */
  readonly actions: ReadonlyMap<string, BoundAction>;
  readonly actor: Actor;
  /** Milliseconds that one effect may take. @default {60_000} */
  readonly runWithinMs?: number;
  /** Milliseconds between two looks at what may be fired. @default {1000} */
  readonly executeEveryMs?: number;
  /** Told of each action that was worked on, and where it is then. */
  readonly onWorked?: (proposal: Proposal) => void;
}

/** Fires whatever may be fired until the signal aborts. A pass that fails is told and tried again. */
export function runExecutor(options: ExecutorOptions, signal: AbortSignal): Promise<void> {
  const passes = { of: "executor", clock: options.clock, everyMs: options.executeEveryMs ?? 1000 };
  async function pass(): Promise<void> {
    const worked = await executeNext(options, signal);
    if (worked) options.onWorked?.(worked);
  }
  return repeatEvery(pass, passes, signal);
}

/** Takes up what an earlier process left, then fires at most one action, and answers the proposal it worked on. */
export async function executeNext(options: ExecutorOptions, signal: AbortSignal): Promise<Proposal | undefined> {
  const { database, instance, clock } = options;
  const next = (): Proposal | undefined =>
    database.proposals.list({ instance, state: "running" })[0] ??
    database.proposals.list({ instance, state: "pending" }).find((proposal) => canRun(proposal, database, clock.now()));
  carryHalt(database, { atMs: clock.now(), actor: options.actor });
  voidEarly(options);
  cancelObsolete(options);
  if (!next()) return undefined;
  return await underLease(actionsLease(instance), { ...options, signal }, async (signal) => {
    const proposal = next();
    if (!proposal) return undefined;
    return await underLease(incidentLease(proposal.incident), { ...options, signal }, (signal) =>
      new Execution(proposal, { ...options, signal }).go(),
    );
  });
}

interface Move {
  readonly to: IncidentState;
  readonly reason: string;
  readonly outcome?: Outcome;
}

/** Where each end of a proposal leaves its incident. */
const END = {
  verified: { to: "resolved", outcome: "action" },
  helped: { to: "diagnosed" },
  ineffective: { to: "escalated" },
  failed: { to: "escalated" },
  interrupted: { to: "escalated" },
  cancelled: { to: "diagnosed" },
} as const satisfies Partial<Record<ProposalState, Omit<Move, "reason">>>;

/** By the time that the clock shows when an approval was given again, it would be good again. */
function voidEarly({ database, instance, clock, actor }: ExecutorOptions): void {
  const atMs = clock.now();
  const pending = database.proposals.list({ instance, state: "pending" });
  const approvals = pending.flatMap(({ id }) => database.proposals.approvals(id));
  for (const { id: approval, proposal } of approvals.filter((one) => isEarly(one, atMs))) {
    database.transactDurably(() => {
      database.proposals.void(approval);
      const detail = { proposal, approval, reason: "The clock was put back" };
      database.audit.append({ atMs, actor, instance, event: "approval-voided", detail });
    });
  }
}

/** What is pending for an incident that is resolved already has nothing left to fix, and what cannot be read never runs. */
function cancelObsolete({ database, instance }: ExecutorOptions): void {
  database.transact(() => {
    for (const proposal of database.proposals.list({ instance, state: "pending" })) {
      const { id, incident } = proposal;
      const isResolved = database.incidents.get(incident)?.state === "resolved";
      if (isResolved) database.proposals.advance(id, "cancelled", "Cancelled: its incident is resolved");
      else if (!isReadable(proposal)) database.proposals.advance(id, "cancelled", "Cancelled: it cannot be read");
    }
  });
}

type Working = ExecutorOptions & { readonly signal: AbortSignal };

function underLease<T>(
  name: string,
  { database, clock, actor, signal }: Working,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  return holdLease(name, { leases: database.leases, clock, holder: actor, signal }, work);
}

/** One proposal on its way. */
class Execution {
  readonly #proposal: Proposal;
  readonly #options: Working;

  constructor(proposal: Proposal, options: Working) {
    this.#proposal = proposal;
    this.#options = options;
  }

  async go(): Promise<Proposal | undefined> {
    const action = this.#options.actions.get(this.#proposal.action);
    if (this.#proposal.state === "running") await this.#takeUp(action);
    else if (!action) this.#cancel("it is no longer offered");
    else await this.#fire(action);
    return this.#options.database.proposals.get(this.#proposal.id);
  }

  /** Of what a dead process left, an effect that is on record is verified; any other is reported and never run again. */
  async #takeUp(action: BoundAction | undefined): Promise<void> {
    const incident = this.#options.database.incidents.get(this.#proposal.incident);
    if (incident?.state === "verifying" && action) await this.#verify(action);
    else if (incident?.outcome === "action")
      this.#close("verified", "Verified by the monitor: nothing is violated and the cause is gone");
    else
      this.#close(
        "interrupted",
        "The process ended before the outcome was on record; it may or may not have taken effect",
      );
  }

  async #fire(action: BoundAction): Promise<void> {
    const objection = await this.#objectionTo(action);
    if (objection) return this.#cancel(objection);
    if (!this.#recordIntent()) return;
    const { input } = this.#proposal;
    const { signal, runWithinMs = 60_000 } = this.#options;
    try {
      this.#refuseHalted();
      const answer = await action.run(input, AbortSignal.any([signal, AbortSignal.timeout(runWithinMs)]));
      this.#record("action-done", { answer }, { to: "verifying", reason: answer });
    } catch (error) {
      signal.throwIfAborted();
      return this.#close("failed", messageOf(error));
    }
    await this.#verify(action);
  }

  /** What was true at proposal may not be so any more. */
  async #objectionTo(action: BoundAction): Promise<string | undefined> {
    const { cause, incident, digest, input } = this.#proposal;
    const { database } = this.#options;
    const state = database.incidents.get(incident)?.state ?? "resolved";
    if (!mayMove(state, "acting")) return `its incident is ${state}`;
    try {
      const begunAfterMs = this.#options.clock.monotonic();
      const now: Checkup = await lookAt(database.incidents.tickets(incident), { ...this.#options, begunAfterMs });
      const remaining = remainingClaims(cause, await freshEvidence(cause, now, this.#options));
      if (!remaining.some(({ outcome }) => outcome === "true")) return "what it would fix is not there any more";
      const preview = action.preview(input);
      if (digestOf({ action: action.id, input, preview }) !== digest)
        return "it would send something else than was shown";
      const [objection] = blastRadius(preview, now.topology, now.picture).objections;
      if (objection) return objection;
      // Stopping something has an effect even where it runs again before anybody looks.
      const idle = preview.stops.length === 0 && (await this.#isInEffect(action));
      return idle ? "its effect is there already" : undefined;
    } catch (error) {
      this.#options.signal.throwIfAborted();
      return `its preconditions cannot be seen: ${messageOf(error)}`;
    }
  }

  /** Whether the action would change nothing. What cannot be seen is no reason not to act. */
  async #isInEffect({ postCondition }: BoundAction): Promise<boolean> {
    try {
      return await postCondition(this.#proposal.input, this.#options.signal);
    } catch {
      this.#options.signal.throwIfAborted();
      return false;
    }
  }

  /** Asks the rows one last time and writes the intent in the same transaction, so that no halt can fall between. */
  #recordIntent(): boolean {
    const { database, clock } = this.#options;
    const { id, action, input, preview, digest } = this.#proposal;
    return database.transactDurably(() => {
      if (database.proposals.get(id)?.state !== "pending" || !claimRun(this.#proposal, database, clock.now()))
        return false;
      database.proposals.advance(id, "running", "Fired");
      const reason = `Runs ${action} for action ${id}`;
      this.#record("action-intended", { action, input, sends: preview.sends, digest }, { to: "acting", reason });
      return true;
    });
  }

  async #verify(action: BoundAction): Promise<void> {
    const { cause, violated, open } = await verify(this.#proposal, action, {
      ...this.#options,
      begunAfterMs: this.#options.clock.monotonic(),
    });
    const others = [...violated, ...open];
    if (cause.length > 0) {
      await this.#undo(action);
      this.#close("ineffective", `Not verified in time: ${[...cause, ...others].join("; ")}`);
    } else if (others.length > 0)
      this.#close("helped", `The cause is gone, and something else is left: ${others.join("; ")}`);
    else this.#close("verified", "Verified: nothing is violated and the cause is gone");
  }

  /** An undo is an effect like any other, so a halt stops it too. */
  async #undo(action: BoundAction): Promise<void> {
    const { database, signal, runWithinMs = 60_000 } = this.#options;
    if (!action.undo || database.safety.halted()) return;
    this.#record("undo-intended", { action: action.id });
    try {
      this.#refuseHalted();
      const answer = await action.undo(
        this.#proposal.input,
        AbortSignal.any([signal, AbortSignal.timeout(runWithinMs)]),
      );
      this.#record("undo-done", { answer });
    } catch (error) {
      signal.throwIfAborted();
      this.#record("undo-failed", { error: messageOf(error) });
    }
  }

  /** Looks once more, after the intent is on the disk: a halt by file does not wait for that. */
  #refuseHalted(): void {
    if (this.#options.database.safety.halted()) throw new ActionError("Halted before the effect: nothing was sent");
  }

  /** Back to the agent, who may propose something else. */
  #cancel(reason: string): void {
    this.#close("cancelled", `Cancelled: ${reason}`);
  }

  #close(state: keyof typeof END, reason: string): void {
    const { database } = this.#options;
    database.transactDurably(() => {
      database.proposals.advance(this.#proposal.id, state, reason);
      this.#record(`action-${state}`, { reason }, { ...END[state], reason });
    });
  }

  #record(event: string, detail: object, move?: Move): void {
    const { database, clock, actor } = this.#options;
    const { id, instance, incident } = this.#proposal;
    const atMs = clock.now();
    database.transactDurably(() => {
      database.audit.append({ atMs, actor, instance, event, detail: { proposal: id, incident, ...detail } });
      const { state } = database.incidents.get(incident) ?? {};
      if (move && state && mayMove(state, move.to)) database.incidents.move(incident, { ...move, atMs, actor });
    });
  }
}
