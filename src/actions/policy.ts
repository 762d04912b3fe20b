/** Whether a proposed action may run now: the kill switch, the ladder, and a person's yes where one is needed. */

import type { Permission } from "../core/ladder.ts";
import { permit } from "../core/ladder.ts";
import type { Proposal } from "../core/proposal.ts";
import type { Database } from "../database/mod.ts";

/** Whether a pending proposal could run, without using anything up. */
export function isFireable(
  proposal: Proposal,
  database: Pick<Database, "safety" | "proposals">,
  nowMs: number,
): boolean {
  const permission = permissionFor(proposal, database);
  if (permission !== "ask") return permission === "run";
  return database.proposals
    .approvals(proposal.id)
    .some(
      ({ digest, usedAtMs, expiresAtMs }) =>
        digest === proposal.digest && usedAtMs === undefined && expiresAtMs > nowMs,
    );
}

/** Asks again at the last moment, inside the transaction that records the intent, and uses the approval up. */
export function mayFire(proposal: Proposal, database: Pick<Database, "safety" | "proposals">, nowMs: number): boolean {
  const permission = permissionFor(proposal, database);
  if (permission !== "ask") return permission === "run";
  return database.proposals.spendApproval(proposal.id, proposal.digest, nowMs) !== undefined;
}

/** What the rows say of a proposal. A cause that claims do not confirm is never acted upon without a person. */
function permissionFor(proposal: Proposal, { safety }: Pick<Database, "safety">): Permission {
  if (safety.halted()) return "refuse";
  const permission = permit(safety.ladder(proposal.instance), proposal.risk);
  return permission === "run" && proposal.cause.verdict !== "confirmed" ? "ask" : permission;
}
