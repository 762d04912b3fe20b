import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { formIncidents, type Groupable, type Tie } from "../../../src/core/tickets/grouping.ts";
import type { ComponentId } from "../../../src/core/words/ids.ts";

/** Three nodes on one store, two unlike parts elsewhere. */
const TIES: readonly Tie[] = [
  { from: "node/1", to: "store/a" },
  { from: "node/2", to: "store/a" },
  { from: "node/3", to: "store/a" },
  { from: "disk/x", to: "host/x" },
];

interface Case {
  readonly why: string;
  readonly tickets: readonly Groupable[];
  /** Ids that belong together; a leading number with `#` is an incident joined. */
  readonly incidents: readonly string[];
}

const TABLE: readonly Case[] = [
  { why: "joins tickets on one component", tickets: [on("node/1", "a"), on("node/1", "b")], incidents: ["1 2"] },
  { why: "joins tickets on linked components", tickets: [on("node/1", "a"), on("store/a", "b")], incidents: ["1 2"] },
  {
    why: "joins one invariant on components with a common neighbour",
    tickets: [on("node/1", "a"), on("node/2", "a")],
    incidents: ["1 2"],
  },
  {
    why: "keeps unlike invariants on components with a common neighbour apart",
    tickets: [on("node/1", "a"), on("node/2", "b")],
    incidents: ["1", "2"],
  },
  {
    why: "keeps components apart that do not touch",
    tickets: [on("node/1", "a"), on("disk/x", "a")],
    incidents: ["1", "2"],
  },
  {
    why: "joins what began thirty seconds apart",
    tickets: [on("node/1", "a"), on("node/1", "b", 30_000)],
    incidents: ["1 2"],
  },
  {
    why: "keeps apart what began later than that",
    tickets: [on("node/1", "a"), on("node/1", "b", 30_001)],
    incidents: ["1", "2"],
  },
  {
    why: "joins by way of others",
    tickets: [on("node/1", "a"), on("store/a", "b", 25_000), on("node/2", "c", 50_000)],
    incidents: ["1 2 3"],
  },
  {
    why: "joins what began together with a ticket on the whole system",
    tickets: [on("node/1", "a"), on("disk/x", "b", 60_000), on("cluster/all", "c", 30_000)],
    incidents: ["1 2 3"],
  },
  {
    why: "lets a ticket join the incident that it touches",
    tickets: [on("node/1", "a", 0, 7), on("store/a", "b")],
    incidents: ["#7 2"],
  },
  {
    why: "lets a ticket that touches two incidents join the older",
    tickets: [on("node/1", "a", 0, 9), on("node/2", "b", 0, 7), on("store/a", "c")],
    incidents: ["#7 3"],
  },
  { why: "answers nothing where no ticket is new", tickets: [on("node/1", "a", 0, 7)], incidents: [] },
];

for (const { why, tickets, incidents } of TABLE) {
  test(`formIncidents() ${why}`, () => {
    const numbered = tickets.map((ticket, index) => ({ ...ticket, id: index + 1 }));

    expect(render(numbered, TIES)).toEqual([...incidents]);
  });
}

test("formIncidents() makes one incident of a storm of one cause, and two of two", () => {
  const ties = Array.from({ length: 1000 }, (_, index): Tie => ({ from: `node/${index}`, to: "store/a" }));
  const storm = ties.map(({ from }, index) => ({ ...on(from, "answers", (index % 7) * 1000), id: index }));
  const other = { ...on("disk/x", "space", 500), id: 5000 };

  const formed = formIncidents([...storm, other], [...ties, { from: "disk/x", to: "host/x" }]);

  expect(formed.map(({ tickets }) => tickets.length).toSorted((a, b) => a - b)).toEqual([1, 1000]);
});

test("formIncidents() groups exactly what touching, pair by pair and onwards, groups", () => {
  const component = fc.constantFrom<ComponentId>("p/1", "p/2", "p/3", "p/4", "p/5", "cluster/p");
  const ticket = fc.record({
    invariant: fc.constantFrom("a", "b"),
    on: component,
    beganAtMs: fc.integer({ min: 0, max: 200_000 }),
  });
  fc.assert(
    fc.property(
      fc.array(ticket, { maxLength: 25 }),
      fc.array(fc.record({ from: component, to: component }), { maxLength: 8 }),
      (drafts, ties) => {
        const tickets = drafts.map((draft, id) => ({ ...draft, id }));

        expect(render(tickets, ties).toSorted()).toEqual(pairwise(tickets, ties).toSorted());
      },
    ),
  );
});

function on(component: ComponentId, invariant: string, beganAtMs = 0, incident?: number): Groupable {
  return { id: 0, invariant, on: component, beganAtMs, ...(incident !== undefined && { incident }) };
}

function render(tickets: readonly Groupable[], ties: readonly Tie[]): string[] {
  return formIncidents(tickets, ties).map(({ incident, tickets: together }) => {
    const ids = together.map(({ id }) => id).toSorted((a, b) => a - b);
    return [...(incident === undefined ? [] : [`#${incident}`]), ...ids].join(" ");
  });
}

/** The rule word for word, in quadratic time. */
function pairwise(tickets: readonly Groupable[], ties: readonly Tie[]): string[] {
  const linked = (a: string, b: string): boolean =>
    ties.some(({ from, to }) => (from === a && to === b) || (from === b && to === a));
  const parts = new Set(ties.flatMap(({ from, to }) => [from, to]));
  const touch = (a: Groupable, b: Groupable): boolean =>
    Math.abs(a.beganAtMs - b.beganAtMs) <= 30_000 &&
    (a.on === b.on ||
      a.on === "cluster/p" ||
      b.on === "cluster/p" ||
      linked(a.on, b.on) ||
      (a.invariant === b.invariant && [...parts].some((part) => linked(a.on, part) && linked(b.on, part))));
  const groups: Groupable[][] = [];
  for (const ticket of tickets) {
    const touched = groups.filter((group) => group.some((other) => touch(ticket, other)));
    const merged = [...touched.flat(), ticket];
    for (const group of touched) groups.splice(groups.indexOf(group), 1);
    groups.push(merged);
  }
  return groups.map((group) =>
    group
      .map(({ id }) => id)
      .toSorted((a, b) => a - b)
      .join(" "),
  );
}
