/** What a person says to the actions: how far they may go, and yes or no to one of them. */

import { InvalidInputError } from "../core/errors.ts";
import type { Ladder } from "../core/ladder.ts";
import type { Approval } from "../core/proposal.ts";
import { formatDurationMs } from "../core/units.ts";
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

interface Entry {
  readonly instance?: number;
  readonly event: string;
  readonly detail: unknown;
}

function audit(database: Database, { atMs, actor }: Change, entry: Entry): void {
  database.audit.append({ atMs, actor, ...entry });
}
