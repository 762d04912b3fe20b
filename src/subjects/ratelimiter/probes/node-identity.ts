/** Tells nodes apart by what they say of themselves, so that one process under two names is never read as two nodes. */

import type { Failure } from "../../../core/subject/probe.ts";
import type { Health } from "../client/replies.ts";
import type { NodeReading } from "../observation.ts";

/** A reading whose node answered. */
interface Answered {
  readonly reading: NodeReading;
  readonly health: Health;
}

/**
 * Takes for unread what another node answered. A node that was given its number as its name is known by it; one with a
 * name of the watcher's own only by its process, which counts for the first address that it answers at.
 */
export function withIdentities(readings: readonly NodeReading[]): readonly NodeReading[] {
  const answered = readings.flatMap((reading) =>
    "value" in reading.health ? [{ reading, health: reading.health.value }] : [],
  );
  // By its own number, a node counts before all other names that it answers to.
  const owners = new Map<string, Answered>();
  for (const one of answered.toSorted((a, b) => claimOf(b) - claimOf(a))) {
    const process = processOf(one.health);
    if (!owners.has(process)) owners.set(process, one);
  }
  return readings.map((reading) => {
    if (!("value" in reading.health)) return reading;
    const one = { reading, health: reading.health.value };
    const owner = owners.get(processOf(one.health));
    const isOther = isNumber(reading.id) && !isNamed(one);
    if (!isOther && owner?.reading === reading) {
      return isNamed(one) ? { ...reading, identity: reading.component } : reading;
    }
    return asAnother(one, owner?.reading === reading ? undefined : owner);
  });
}

function isNumber(id: string): boolean {
  return /^\d+$/.test(id);
}

/** How well a name fits who answers to it: its number, a name of the watcher's own, another number. */
function claimOf(one: Answered): number {
  if (isNamed(one)) return 2;
  return isNumber(one.reading.id) ? 0 : 1;
}

function isNamed({ reading, health }: Answered): boolean {
  return isNumber(reading.id) && Number(reading.id) === health.nodeNumber;
}

/** Two processes do not start one number in one millisecond. */
function processOf({ nodeNumber, startedAtMs }: Health): string {
  return `${nodeNumber} ${startedAtMs}`;
}

function asAnother({ reading, health }: Answered, owner: Answered | undefined): NodeReading {
  const also = owner ? `, the same process as at ${owner.reading.address}` : "";
  const failure: Failure = {
    failed: `node ${health.nodeNumber} answers there${also}`,
    outcome: "wrong-identity",
  };
  const identity = owner && !isNumber(reading.id) ? owner.reading.component : (`node/${health.nodeNumber}` as const);
  return { ...reading, identity, health: failure, config: failure, admissions: failure };
}
