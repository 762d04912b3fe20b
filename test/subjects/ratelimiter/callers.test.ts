/** Monitor, agent and executor share one session: whose turn it is to look changes nothing of what is said. */

import { expect, setDefaultTimeout, test } from "bun:test";
import type { Checkup } from "../../../src/core/subject/checkup.ts";
import { type EntityState, entityKey } from "../../../src/core/tickets/entity-state.ts";
import { followRound, type Round } from "../../../src/core/tickets/round.ts";
import { ticketRules } from "../../../src/core/tickets/rules.ts";
import { startCluster } from "./cluster.ts";

setDefaultTimeout(60_000);

const rules = () => ticketRules({ graceMs: 15_000 });

test.each([
  ["nobody else looks", []],
  ["another loop looks between", ["node/2"]],
  ["two other loops look between", ["node/2", "counter/other"]],
] as const)(
  "a key that is no longer examined is retired, and nothing becomes unknown, where %s",
  async (_case, between) => {
    await using cluster = await startCluster();
    await cluster.check(1, "old", 1);
    const entityStates = statesAfter(await cluster.look());
    expect([...entityStates.keys()]).toContain("counter-drift counter/old");

    for (let k = 0; k < 30; k++) await cluster.check(1 + (k % 3), `new-${k}`, 9);
    for (const tracked of between) await cluster.look(tracked);
    const round = roundOf(await cluster.look(), 5000);
    const outcome = followRound({ states: entityStates, tickets: new Map() }, round, rules);

    const own = outcome.verdictChanges.filter(({ state }) => state.entity === "counter/old");
    expect(own.filter(({ state }) => state.verdict === "unknown")).toEqual([]);
    expect(round.retired).toContain("counter/old");
  },
);

function roundOf({ judgements, retired, topology }: Checkup, atMs: number): Round {
  return { atMs, judgements, retired, expected: new Set(topology.components.map(({ id }) => id)) };
}

function statesAfter(checkup: Checkup): ReadonlyMap<string, EntityState> {
  const { changed } = followRound({ states: new Map(), tickets: new Map() }, roundOf(checkup, 0), rules);
  return new Map(changed.map((entityState) => [entityKey(entityState), entityState]));
}
