/** Why a pending run does not begin. The one place that decides this, for the executor and for everyone who is shown it. */

import { formatDurationMs } from "../text/units.ts";
import { type ActionRun, type Approval, isGood, type RunState } from "./action-run.ts";
import { type Ladder, mostPerHour, permit } from "./ladder.ts";

/** What a run waits for. */
export type Wait =
  | { readonly for: "resume" }
  | { readonly for: "ladder" }
  | { readonly for: "approval"; readonly because: ApprovalReason }
  | { readonly for: "predecessor"; readonly run: number }
  | { readonly for: "due"; readonly atMs: number }
  | { readonly for: "effect"; readonly run: number }
  | { readonly for: "rate"; readonly effects: number; readonly untilMs: number }
  | { readonly for: "obstacle"; readonly obstacle: string };

/** Why a person must approve. */
export type ApprovalReason = "rung" | "above-tier" | "unconfirmed" | "by-hand" | "audit-broken";

/** What decides whether a run may begin. */
export interface Circumstances {
  readonly isHalted: boolean;
  readonly ladder: Ladder;
  /** Whether the audit log is as it was written. */
  readonly isAuditSound: boolean;
  /** Those of the run. */
  readonly approvals: readonly Approval[];
  /** State of the run's predecessor, where it has one. */
  readonly predecessor?: RunState | undefined;
  /** Id of the run of the same instance whose effect is under way. */
  readonly running?: number | undefined;
  /** Epoch milliseconds of the effects on the instance that no person approved, in the last hour, oldest first. */
  readonly effectsAtMs: readonly number[];
  readonly nowMs: number;
}

/** Whether a run may begin, and the approval that it spends where it needs one. */
export type Permission = { readonly wait: Wait } | { readonly approval?: Approval };

const HOUR_MS = 3_600_000;

/** Whether a pending run may begin now. */
export function permissionFor(run: ActionRun, now: Circumstances): Permission {
  const early = earlyWait(run, now);
  if (early) return { wait: early };
  const because = approvalReason(run, now);
  if (because === undefined) {
    const rate = rateWait(now);
    return rate ? { wait: rate } : {};
  }
  const approval = now.approvals.find((one) => isGood(one, run.digest, now.nowMs));
  return approval ? { approval } : { wait: { for: "approval", because } };
}

/** What a pending run waits for, the obstacle that the last look showed included; nothing where it is about to begin. */
export function waitOf(run: ActionRun, now: Circumstances): Wait | undefined {
  const permission = permissionFor(run, now);
  if ("wait" in permission) return permission.wait;
  return run.obstacle === undefined ? undefined : { for: "obstacle", obstacle: run.obstacle };
}

/** What even a person's approval does not change. */
function earlyWait({ origin, dueAtMs, predecessor }: ActionRun, now: Circumstances): Wait | undefined {
  if (now.isHalted) return { for: "resume" };
  if (origin.kind !== "person" && now.ladder.rung === "observe") return { for: "ladder" };
  if (predecessor !== undefined && now.predecessor !== "verified") return { for: "predecessor", run: predecessor };
  if (dueAtMs !== undefined && now.nowMs < dueAtMs) return { for: "due", atMs: dueAtMs };
  return now.running === undefined ? undefined : { for: "effect", run: now.running };
}

/**
 * Without a person nothing is done that a person asked for, nothing about a cause that claims do not confirm, and nothing at
 * all while the audit log is broken: somebody may have changed more than the log.
 */
function approvalReason(
  { origin, risk }: ActionRun,
  { ladder, isAuditSound }: Circumstances,
): ApprovalReason | undefined {
  if (origin.kind === "person") return "by-hand";
  if (ladder.rung !== "auto") return "rung";
  if (permit(ladder, risk) !== "run") return "above-tier";
  if (origin.kind === "incident" && origin.cause.verdict !== "confirmed") return "unconfirmed";
  return isAuditSound ? undefined : "audit-broken";
}

function rateWait({ ladder, effectsAtMs, nowMs }: Circumstances): Wait | undefined {
  const recent = effectsAtMs.filter((atMs) => atMs > nowMs - HOUR_MS);
  const most = mostPerHour(ladder);
  const oldest = recent.at(-most);
  if (recent.length < most || oldest === undefined) return undefined;
  return { for: "rate", effects: recent.length, untilMs: oldest + HOUR_MS };
}

/** What a run waits for, as a sentence without full stop. */
export function waitWords(wait: Wait, { risk }: Pick<ActionRun, "risk">, nowMs: number): string {
  switch (wait.for) {
    case "resume":
      return "waits: everything is halted";
    case "ladder":
      return "waits: the ladder is at observe";
    case "approval":
      return `waits for approval: ${APPROVAL_WORDS[wait.because].replace("{risk}", risk)}`;
    case "predecessor":
      return `waits until action ${wait.run} is verified`;
    case "due":
      return `waits ${formatDurationMs(Math.max(0, wait.atMs - nowMs))} until it is due`;
    case "effect":
      return `waits for the effect of action ${wait.run}`;
    case "rate":
      return `waits ${formatDurationMs(Math.max(0, wait.untilMs - nowMs))}: ${wait.effects} effects in the last hour`;
    case "obstacle":
      return `waits: ${wait.obstacle}`;
  }
}

const APPROVAL_WORDS: Readonly<Record<ApprovalReason, string>> = {
  rung: "the ladder is at approve",
  "above-tier": "{risk} is above the ladder",
  unconfirmed: "its cause is not confirmed",
  "by-hand": "it was proposed manually",
  "audit-broken": "the audit log is broken",
};
