/** What must be so before an action run has its effect. It was so when the run was proposed, and is looked at again. */

import { freshEvidence } from "../core/diagnosis/fresh-evidence.ts";
import { remainingClaims } from "../core/diagnosis/hypothesis.ts";
import type { ActionRun, BeforeRun } from "../core/safety/action-run.ts";
import { blastRadius, unverifiedComponents } from "../core/safety/blast-radius.ts";
import type { BoundAction } from "../core/subject/action.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import { messageOf } from "../core/text/errors.ts";
import { entityKey } from "../core/tickets/entity-state.ts";
import { mayMove } from "../core/tickets/incident.ts";
import { digestOf } from "./digest.ts";
import { unverifiedRuns } from "./policy.ts";
import { type FreshLook, lookFor, type VerifyOptions } from "./verification/look.ts";

/** What a look before the effect comes to. */
export type Readiness =
  /** It may have its effect. */
  | { readonly before: BeforeRun }
  /** It must not, now or later. */
  | { readonly objection: string }
  /** Its effect is there already. */
  | { readonly idle: string }
  /** Not yet. */
  | { readonly obstacle: string };

/** What preconditions are looked at with. */
export type PreconditionOptions = VerifyOptions & Pick<FreshLook, "signal">;

/** Looks whether a run may have its effect now, and reads what must be known of the time before it. */
export async function readinessOf(
  run: ActionRun,
  action: BoundAction,
  options: PreconditionOptions,
): Promise<Readiness> {
  const { signal, clock } = options;
  const { input } = run;
  try {
    const preview = action.preview(input);
    if (digestOf({ action: action.id, input, preview }) !== run.digest) {
      return { objection: "it would send something other than what was shown" };
    }
    const now = await lookBefore(run, { ...options, begunAfterMs: clock.monotonic() });
    const refused = now && ((await causeRefusal(run, now, options)) ?? stopRefusal(run, now, options));
    if (refused) return refused;
    if (!action.repeats && (await isInEffect(action, run, signal))) return { idle: preview.expectedEffect };
    const captured = await action.capture?.(input, signal);
    return { before: { ...(captured !== undefined && { captured }), ...(now && { unhealthy: unhealthyIn(now) }) } };
  } catch (error) {
    signal.throwIfAborted();
    return { obstacle: `its preconditions cannot be checked: ${messageOf(error)}` };
  }
}

/** Whether what a run was proposed for is surely gone. Nothing that was asked for by hand ever is. */
export async function isObsolete({ origin }: ActionRun, now: Checkup, options: PreconditionOptions): Promise<boolean> {
  if (origin.kind !== "incident") return false;
  return remainingClaims(origin.cause, await freshEvidence(origin.cause, now, options)).length === 0;
}

/** A person may start what has gone silent as a whole: then there is nothing to be seen, and nothing to be lost. */
async function lookBefore(run: ActionRun, options: VerifyOptions & FreshLook): Promise<Checkup | undefined> {
  try {
    return await lookFor(run, options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (run.origin.kind === "person") return undefined;
    throw error;
  }
}

type Refusal = Exclude<Readiness, { readonly before: BeforeRun } | { readonly idle: string }>;

async function causeRefusal(
  { origin }: ActionRun,
  now: Checkup,
  options: PreconditionOptions,
): Promise<Refusal | undefined> {
  if (origin.kind !== "incident") return undefined;
  const { state = "resolved" } = options.database.incidents.get(origin.incident) ?? {};
  if (!mayMove(state, "acting")) return { objection: `its incident is ${state}` };
  const remaining = remainingClaims(origin.cause, await freshEvidence(origin.cause, now, options));
  if (remaining.length === 0) return { objection: "its cause is gone" };
  if (remaining.some(({ outcome }) => outcome === "true")) return undefined;
  return { obstacle: "it is unknown whether its cause is still present" };
}

function stopRefusal(
  { id, instance, preview }: ActionRun,
  now: Checkup,
  options: PreconditionOptions,
): Refusal | undefined {
  const others = unverifiedRuns(options.database, instance).filter((other) => other.id !== id);
  const unverified = unverifiedComponents(others, options.clock.now());
  const [objection] = blastRadius(preview, now, unverified).objections;
  return objection === undefined ? undefined : { obstacle: objection };
}

/** Whether the action would change nothing. What cannot be seen is no reason not to act. */
async function isInEffect({ postCondition }: BoundAction, { input }: ActionRun, signal: AbortSignal): Promise<boolean> {
  try {
    return await postCondition(input, signal);
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

function unhealthyIn({ judgements }: Checkup): readonly string[] {
  return judgements.filter(({ verdict }) => verdict !== "holds").map(entityKey);
}
