/** Whether a proposed action may run now: the kill switch, the ladder, and a person's yes where one is needed. */

import type { Permission } from "../core/safety/ladder.ts";
import { permit } from "../core/safety/ladder.ts";
import { isGood, type Proposal } from "../core/safety/proposal.ts";
import type { Database } from "../database/mod.ts";

/** What is consulted. */
type Consulted = Pick<Database, "safety" | "proposals" | "audit">;

/** Whether a pending proposal could run, without using anything up. */
export function canRun(proposal: Proposal, database: Consulted, nowMs: number): boolean {
  const permission = permissionFor(proposal, database);
  if (permission !== "ask") return permission === "run";
  return database.proposals.approvals(proposal.id).some((approval) => isGood(approval, proposal.digest, nowMs));
}

/** Asks again at the last moment, inside the transaction that records the intent, and uses the approval up. */
export function claimRun(proposal: Proposal, database: Consulted, nowMs: number): boolean {
  const permission = permissionFor(proposal, database);
  if (permission !== "ask") return permission === "run";
  return database.proposals.spendApproval(proposal.id, proposal.digest, nowMs) !== undefined;
}

/**
 * What the rows say of a proposal. Without a person nothing is done about a cause that claims do not confirm, and nothing
 * at all while the audit log is broken: somebody may have changed more than the log.
 */
function permissionFor(proposal: Proposal, { safety, audit }: Consulted): Permission {
  if (safety.halted()) return "refuse";
  const permission = permit(safety.ladder(proposal.instance), proposal.risk);
  if (permission !== "run") return permission;
  return proposal.cause.verdict === "confirmed" && audit.isSound() ? "run" : "ask";
}
