/** Whether a run that a person or a plan asked for has its effect, and nothing that held is violated because of it. */

import type { ActionRun } from "../../core/safety/action-run.ts";
import type { BoundAction } from "../../core/subject/action.ts";
import type { Checkup, InvariantJudgement } from "../../core/subject/checkup.ts";
import { messageOf } from "../../core/text/errors.ts";
import { entityKey } from "../../core/tickets/entity-state.ts";
import { exitedSince, lookFor, type Verification, type Verifying } from "./look.ts";

/** Looks in a row that must find the effect there and nothing harmed. */
const QUIET_LOOKS = 3;

/** What one look finds. */
interface Found {
  /** What is missing of the effect, a sentence each. */
  readonly missing: readonly string[];
  readonly exited: readonly string[];
  /** What held before and is violated now. */
  readonly harmed: readonly InvariantJudgement[];
}

/** Looks until the effect is there and nothing is harmed, time is up, or it has visibly failed. */
export async function verifyEffect(run: ActionRun, action: BoundAction, options: Verifying): Promise<Verification> {
  const { clock, signal, verifyWithinMs = 180_000, settleWithinMs = 60_000, verifyEveryMs = 1000 } = options;
  const untilMs = clock.monotonic() + verifyWithinMs;
  let quiet = 0;
  let harmedSinceMs: number | undefined;
  for (;;) {
    const { missing, exited, harmed } = await look(run, action, options);
    const nowMs = clock.monotonic();
    harmedSinceMs = harmed.length === 0 ? undefined : (harmedSinceMs ?? nowMs);
    quiet = missing.length + harmed.length === 0 ? quiet + 1 : 0;
    if (quiet >= QUIET_LOOKS) return { to: "verified", reason: `Verified: ${run.preview.expectedEffect}` };
    if (missing.length > 0) {
      if (exited.length > 0) return ineffective(`Not verified: ${exited.join("; ")}`);
      if (nowMs >= untilMs) return ineffective(`Not verified in time: ${missing.join("; ")}`);
    } else if (harmedSinceMs !== undefined && (nowMs >= untilMs || nowMs - harmedSinceMs >= settleWithinMs)) {
      return harmful(harmed);
    }
    await clock.sleep(verifyEveryMs, signal);
  }
}

function ineffective(reason: string): Verification {
  return { to: "ineffective", reason };
}

function harmful(harmed: readonly InvariantJudgement[]): Verification {
  const said = harmed.map(({ invariant, summary }) => `${invariant}: ${summary}`);
  return { to: "harmful", reason: `Violated now, held before: ${said.join("; ")}` };
}

async function look(run: ActionRun, action: BoundAction, options: Verifying): Promise<Found> {
  const { signal } = options;
  try {
    const isEffective = await action.postCondition(run.input, signal);
    const missing = isEffective ? [] : [`the effect of ${action.id} is not there`];
    // Where nothing answered before, there is nothing to compare with.
    if (!run.before?.unhealthy && isEffective) return { missing, exited: [], harmed: [] };
    // Each look rests on readings of its own: one that is only seen again says nothing new.
    const now = await lookFor(run, { ...options, begunAfterMs: options.clock.monotonic() });
    return { missing, exited: exitedSince(run, now.picture), harmed: harmedBy(run, now) };
  } catch (error) {
    signal.throwIfAborted();
    return { missing: [`cannot be seen: ${messageOf(error)}`], exited: [], harmed: [] };
  }
}

/** What it was to stop may well be violated. */
function harmedBy({ before, preview }: ActionRun, { judgements, ...seen }: Checkup): readonly InvariantJudgement[] {
  if (!before?.unhealthy) return [];
  const unhealthy = new Set(before.unhealthy);
  const stopped = new Set<string>(preview.stops);
  const isNear = reachOf(preview.entities, seen);
  return judgements.filter(
    (one) => one.verdict === "violated" && !unhealthy.has(entityKey(one)) && !stopped.has(one.on) && isNear(one.on),
  );
}

/** What an effect on some entities can reach: what it touches, what is linked to that or in one group with it, and everything that is no component. */
function reachOf(
  entities: readonly string[],
  { picture: { components, links }, topology }: Pick<Checkup, "picture" | "topology">,
): (on: string) => boolean {
  const known = new Set<string>(components.map(({ id }) => id));
  if (!entities.every((id) => known.has(id))) return () => true;
  const touched = new Set(entities);
  const linked = links
    .filter(({ from, to }) => touched.has(from) || touched.has(to))
    .flatMap(({ from, to }) => [from, to]);
  const grouped = topology.groups.filter(({ members }) => members.some((id) => touched.has(id)));
  const near = new Set<string>([...touched, ...linked, ...grouped.flatMap(({ members }) => members)]);
  return (on) => near.has(on) || !known.has(on);
}
