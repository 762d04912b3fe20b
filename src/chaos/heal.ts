/** Heals what the journal holds open: after a crash of the injector, or because a person asks. */

import type { Clock } from "../core/system/clock.ts";
import { messageOf } from "../core/text/errors.ts";
import type { OpenLab } from "../deployments/lab.ts";
import { hasExpired, type Injection, type Journal } from "./journal.ts";

const HEALING_MS = 30_000;

/** What became of one open injection. */
export interface Healing {
  readonly injection: Injection;
  /** Why it could not be healed; absent if it was. */
  readonly failed?: string;
}

/** What healing needs of its surroundings. */
export interface HealContext {
  readonly lab: OpenLab;
  readonly journal: Journal;
  readonly clock: Clock;
}

/** Heals every open injection of the lab's deployment whose lease has expired, or all of them, newest first. */
export async function healOpen(
  which: "expired" | "all",
  { lab, journal, clock }: HealContext,
): Promise<readonly Healing[]> {
  const open = journal.open(lab.deployment.id);
  const due = open.filter((injection) => which === "all" || hasExpired(injection, clock.now()));
  const first = await healEach(due, { lab, journal, clock });
  // Of several, each may have looked unhealed only because another was still in force.
  const left = first.filter(({ failed }) => failed !== undefined);
  if (left.length === 0 || due.length === 1) return first;
  const second = await healEach(
    left.map(({ injection }) => injection),
    { lab, journal, clock },
  );
  return [...first.filter(({ failed }) => failed === undefined), ...second];
}

async function healEach(
  injections: readonly Injection[],
  { lab, journal, clock }: HealContext,
): Promise<readonly Healing[]> {
  const healings: Healing[] = [];
  for (const injection of injections) {
    try {
      await lab.fault(injection.fault).heal(injection.input, AbortSignal.timeout(HEALING_MS));
      journal.healed(injection.id, clock.now());
      healings.push({ injection });
    } catch (error) {
      healings.push({ injection, failed: messageOf(error) });
    }
  }
  return healings;
}
