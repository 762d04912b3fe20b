import { expect, test } from "bun:test";
import { type Nameable, nearestFirst, titleOf } from "../../../src/core/tickets/headline.ts";
import type { ComponentId } from "../../../src/core/words/ids.ts";

const LINKS = (
  [
    ["callers/all", "node/1"],
    ["node/1", "store/a"],
    ["node/2", "store/a"],
  ] as const
).map(([from, to]) => ({ from, to }));

test("nearestFirst() begins with the ticket on which most others depend, before there is a cause", () => {
  const tickets = [ticket(1, "callers/all"), ticket(2, "node/1"), ticket(3, "store/a", { beganAtMs: 9000 })];

  expect(nearestFirst(tickets, { links: LINKS }).map(({ on }) => on)).toEqual(["store/a", "node/1", "callers/all"]);
});

test("nearestFirst() begins with the ticket nearest the cause, over links in either direction", () => {
  const tickets = [ticket(1, "store/a"), ticket(2, "disk/x"), ticket(3, "callers/all"), ticket(4, "node/1")];

  expect(nearestFirst(tickets, { links: LINKS, cause: "callers/all" }).map(({ on }) => on)).toEqual([
    "callers/all",
    "node/1",
    "store/a",
    "disk/x",
  ]);
});

test("nearestFirst() goes on by severity and then by age", () => {
  const tickets = [
    ticket(1, "node/1", { severity: "warning", beganAtMs: 0 }),
    ticket(2, "node/1", { severity: "critical", beganAtMs: 2000 }),
    ticket(3, "node/1", { severity: "critical", beganAtMs: 1000 }),
  ];

  expect(nearestFirst(tickets, { links: [] }).map(({ id }) => id)).toEqual([3, 2, 1]);
});

test("nearestFirst() takes what is said of a component before what is said of its entities", () => {
  const tickets = [
    ticket(1, "store/a", { entity: "key/1", beganAtMs: 0 }),
    ticket(2, "store/a", { severity: "warning", beganAtMs: 5000 }),
  ];

  expect(nearestFirst(tickets, { links: [] }).map(({ id }) => id)).toEqual([2, 1]);
});

test.each([
  ["store/a does not answer", "store/a does not answer (and 1 more)"],
  ["Key 1 was counted twice", "store/a: Key 1 was counted twice (and 1 more)"],
])("titleOf() names the component: %s", (summary, title) => {
  const tickets = [
    { ...ticket(1, "store/a"), summary },
    { ...ticket(2, "node/1"), summary: "node/1 is slow" },
  ];

  expect(titleOf(tickets, { links: LINKS })).toBe(title);
});

test.each([
  [
    "keeps what it says of the component itself while only an entity is left",
    "node/1",
    "store/a at 10.0.0.1: refused (and 3 more)",
    "store/a at 10.0.0.1: refused (and 1 more)",
  ],
  [
    "takes new words of the component itself",
    "store/a",
    "store/a at 10.0.0.1: refused",
    "store/a: node/1 decides alone (and 1 more)",
  ],
  [
    "does not keep words of an entity",
    "node/1",
    "store/a: node/2 decides alone",
    "store/a: node/1 decides alone (and 1 more)",
  ],
  [
    "does not keep what it says of another component",
    "node/1",
    "disk/x is full",
    "store/a: node/1 decides alone (and 1 more)",
  ],
] as const)("titleOf() %s", (_, entity, former, title) => {
  const tickets = [
    { ...ticket(1, "store/a", { entity }), summary: "node/1 decides alone" },
    { ...ticket(2, "node/1"), summary: "node/1 is slow" },
  ];

  expect(titleOf(tickets, { links: LINKS, former })).toBe(title);
});

test("nearestFirst() is done with a thousand components", () => {
  const ids = Array.from({ length: 1000 }, (_, index): ComponentId => `node/${index}`);
  const tickets = ids.map((on, index) => ticket(index, on, { beganAtMs: index }));

  const [first] = nearestFirst(tickets, { links: ids.map((from) => ({ from, to: "store/a" as const })) });

  expect(first?.on).toBe("node/0");
});

function ticket(id: number, on: ComponentId, more: Partial<Nameable> = {}): Nameable {
  return { id, on, entity: on, severity: "critical", beganAtMs: 0, ...more };
}
