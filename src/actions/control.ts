/** What a person says to the actions: how far they may go, and yes or no to one of them. */

import type { Ladder } from "../core/safety/ladder.ts";
import { type Approval, isReadable, type Proposal } from "../core/safety/proposal.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import { formatDurationMs } from "../core/text/units.ts";
import { mayMove } from "../core/tickets/incident.ts";
import type { Change, Database } from "../database/mod.ts";

/** How long an approval is good. */
const APPROVAL_MS = 15 * 60_000;

/**
 * Sets how far an instance may be acted upon.
 * @throws {InvalidInputError} If the kill switch is thrown.
 */
export function setLadder(
  database: Database,
  instance: number,
  { ladder, ...by }: Change & { readonly ladder: Ladder },
): void {
  database.transactDurably(() => {
    if (database.safety.halted()) {
      throw new InvalidInputError('Cannot set the ladder: everything is halted, expected "operator resume" first');
    }
    database.safety.setLadder(instance, ladder, by);
    audit(database, by, { instance, event: "ladder-set", detail: { ladder } });
  });
}

/**
 * Says yes to one pending action as it was shown.
 * @throws {InvalidInputError} If it is not pending, or nothing may run now.
 */
export function approve(database: Database, proposal: number, by: Change): Approval {
  return database.transactDurably(() => {
    const found = database.proposals.get(proposal);
    if (found?.state !== "pending") {
      throw new InvalidInputError(
        `Cannot approve action ${proposal}: it is ${found?.state ?? "not there"}, expected pending`,
      );
    }
    if (!isReadable(found)) {
      throw new InvalidInputError(`Cannot approve action ${proposal}: what is on record cannot be read`);
    }
    const { instance, digest } = found;
    if (database.safety.halted()) {
      throw new InvalidInputError(
        `Cannot approve action ${proposal}: everything is halted, expected "operator resume" first`,
      );
    }
    if (database.safety.ladder(instance).rung === "observe") {
      throw new InvalidInputError(
        `Cannot approve action ${proposal}: the ladder is at observe, expected approve or auto`,
      );
    }
    const expiresAtMs = by.atMs + APPROVAL_MS;
    const detail = { proposal, digest, goodFor: formatDurationMs(APPROVAL_MS) };
    audit(database, by, { instance, event: "action-approved", detail });
    return database.proposals.approve(proposal, { digest, actor: by.actor, atMs: by.atMs, expiresAtMs });
  });
}

/**
 * Says no to one pending action. Its incident is then a person's: the agent would propose the same again.
 * @throws {InvalidInputError} If it is not pending.
 */
export function reject(database: Database, proposal: number, by: Change): Proposal {
  return database.transactDurably(() => {
    const found = database.proposals.get(proposal);
    if (found?.state !== "pending") {
      throw new InvalidInputError(
        `Cannot reject action ${proposal}: it is ${found?.state ?? "not there"}, expected pending`,
      );
    }
    const { instance, incident } = found;
    const reason = `Rejected: ${by.reason}`;
    audit(database, by, { instance, event: "action-rejected", detail: { proposal, incident, reason: by.reason } });
    const { state = "resolved" } = database.incidents.get(incident) ?? {};
    if (mayMove(state, "escalated")) database.incidents.move(incident, { ...by, to: "escalated", reason });
    return database.proposals.advance(proposal, "cancelled", reason);
  });
}

interface Entry {
  readonly instance?: number;
  readonly event: string;
  readonly detail: unknown;
}

function audit(database: Database, { atMs, actor }: Change, entry: Entry): void {
  database.audit.append({ atMs, actor, ...entry });
}
