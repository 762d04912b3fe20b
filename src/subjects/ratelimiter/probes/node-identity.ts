/** Identifies nodes by their own answers, so that one process under two names is never read as two nodes. */

import type { Failure } from "../../../core/subject/probe.ts";
import type { Health } from "../client/replies.ts";
import type { NodeReading } from "../observation.ts";

/** A reading whose node answered. */
interface Answered {
  readonly reading: NodeReading;
  readonly health: Health;
}

/**
 * Discards readings that another node answered. A node whose configured name is its number is identified by it; one
 * with another name only by its process, which counts for the first address at which it answers.
 */
export function withIdentities(readings: readonly NodeReading[]): readonly NodeReading[] {
  const answered = readings.flatMap((reading) =>
    "value" in reading.health ? [{ reading, health: reading.health.value }] : [],
  );
  // A node counts under its own number before other names at which it answers.
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

/** How well a configured name fits the node that answers: its number, another name, another number. */
function claimOf(one: Answered): number {
  if (isNamed(one)) return 2;
  return isNumber(one.reading.id) ? 0 : 1;
}

function isNamed({ reading, health }: Answered): boolean {
  return isNumber(reading.id) && Number(reading.id) === health.nodeNumber;
}

/** Two processes with the same number do not start in the same millisecond. */
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
