import { expect, test } from "bun:test";
import type { EntityId } from "../../../src/core/words/ids.ts";
import { Follower, judged } from "./follow.ts";

test("settleTickets() opens one ticket for all entities of a component that are due at one look", () => {
  const follower = new Follower();
  const storm = keys(40).map((entity) => judged(entity, "violated", { on: "store/a" }));

  const opened = [0, 5000, 10_000].flatMap((atMs) => follower.round({ atMs, judgements: storm }).tickets);

  expect(opened.map(({ change }) => change)).toEqual(["opened"]);
  expect(opened[0]?.entities).toHaveLength(40);
  expect(follower.ticket("store/a")?.words).toMatchObject({ entity: "key/0", affected: 40, violated: 40 });
});

test("settleTickets() lets an entity that is due later join the open ticket, and a held one too", () => {
  const follower = new Follower();
  const on = { on: "store/a" } as const;
  const at = (atMs: number, ...more: EntityId[]) =>
    follower.round({ atMs, judgements: ["key/0" as const, ...more].map((key) => judged(key, "violated", on)) });
  for (const atMs of [0, 5000, 10_000]) at(atMs);
  follower.hold("store/a", true);

  const joined = [15_000, 20_000, 25_000].flatMap((atMs) => at(atMs, "key/1").tickets);

  expect(joined.map(({ change, reason }) => [change, reason])).toEqual([["joined", "key/1 joined: key/1 violated"]]);
  expect(follower.ticket("store/a")?.words).toMatchObject({ affected: 2, violated: 2 });
});

test("settleTickets() keeps an entity in the ticket it opened under, whatever component judgements speak of later", () => {
  const follower = new Follower();
  follower.follow("vvv");

  const moved = [15_000, 20_000, 25_000].map((atMs) =>
    follower.round({ atMs, judgements: [judged("node/1", "violated", { on: "store/a" })] }),
  );

  expect(moved.map((outcome) => outcome.moved.map(({ from, state }) => [from, state.on]))).toEqual([
    [["node/1", "store/a"]],
    [],
    [],
  ]);
  expect(moved.flatMap(({ tickets }) => tickets)).toEqual([]);
  expect(follower.ticket("store/a")).toBeUndefined();
});

test("settleTickets() has an open ticket say what is so now, and tells a change of its reason", () => {
  const follower = new Follower();
  follower.follow("vvv");
  const later = { reason: "timed-out", summary: "no answer in 2 s", evidence: { waitedMs: 2000 } };

  const outcome = follower.round({ atMs: 15_000, judgements: [judged("node/1", "violated", later)] });

  expect(outcome.tickets.map(({ change, reason }) => [change, reason])).toEqual([
    ["reason-changed", "violated became timed-out: no answer in 2 s"],
  ]);
  expect(follower.ticket("node/1")?.words).toMatchObject({
    reason: "timed-out",
    summary: "no answer in 2 s",
    figures: { waitedMs: 2000 },
  });
});

test("settleTickets() keeps the problem of a ticket in words while it recovers", () => {
  const follower = new Follower();
  follower.follow("vvvh");

  expect(follower.ticket("node/1")?.words).toMatchObject({
    verdict: "holds",
    summary: "node/1 holds",
    problem: { summary: "node/1 violated" },
  });
});

test("settleTickets() resolves a ticket only when each of its entities has held", () => {
  const follower = new Follower();
  const look = (index: number, first: "violated" | "holds", second: "violated" | "holds") =>
    follower
      .round({
        atMs: index * 5000,
        judgements: [judged("key/1", first, { on: "store/a" }), judged("key/2", second, { on: "store/a" })],
      })
      .tickets.map(({ change }) => change);

  const changes = [
    ...[0, 1, 2].map((index) => look(index, "violated", "violated")),
    ...[3, 4, 5, 6].map((index) => look(index, "holds", "violated")),
    ...[7, 8, 9].map((index) => look(index, "holds", "holds")),
  ];

  expect(changes.flat()).toEqual(["opened", "resolved"]);
  expect(changes.at(-1)).toEqual(["resolved"]);
});

test("settleTickets() waits for what is violated when its entities have held, until that holds once", () => {
  const follower = new Follower();
  const on = { on: "store/a" } as const;
  const look = (index: number, other: "violated" | "holds") =>
    follower
      .round({
        atMs: index * 5000,
        judgements: [
          judged("key/1", index < 3 ? "violated" : "holds", on),
          judged("key/2", index < 5 ? "holds" : other, on),
        ],
      })
      .tickets.map(({ change }) => change);

  const before = [0, 1, 2, 3, 4, 5].flatMap((index) => look(index, "violated"));
  const waiting = follower.ticket("store/a")?.waiting;
  const after = look(6, "holds");

  expect(before).toEqual(["opened"]);
  expect(waiting).toEqual({ sinceMs: 25_000, for: ["key/2"] });
  expect(after).toEqual(["resolved"]);
});

test("settleTickets() waits at most one grace, and for nothing that became violated later", () => {
  const follower = new Follower();
  const on = { on: "store/a" } as const;
  const look = (index: number) =>
    follower
      .round({
        atMs: index * 5000,
        judgements: [
          judged("key/1", index < 3 ? "violated" : "holds", on),
          judged("key/2", index === 5 ? "violated" : index < 5 ? "holds" : "unknown", on),
          judged("key/3", index > 5 && index % 2 === 0 ? "violated" : "holds", on),
        ],
      })
      .tickets.map(({ change }) => change);

  const changes = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => look(index));

  expect(changes).toEqual([[], [], ["opened"], [], [], [], [], ["resolved"]]);
});

test("settleTickets() takes a retired entity out of its ticket, and resolves with the last one", () => {
  const follower = new Follower();
  const on = { on: "store/a" } as const;
  for (const atMs of [0, 5000, 10_000]) {
    follower.round({ atMs, judgements: [judged("key/1", "violated", on), judged("key/2", "violated", on)] });
  }

  const first = follower.round({ atMs: 15_000, judgements: [judged("key/2", "violated", on)], retired: ["key/1"] });
  const last = follower.round({ atMs: 20_000, retired: ["key/2"] });

  expect(first.tickets.map(({ change }) => change)).toEqual(["left"]);
  expect(last.tickets.map(({ change, reason }) => [change, reason])).toEqual([
    ["left", "key/2 no longer exists"],
    ["resolved", "key/2 no longer exists"],
  ]);
  expect(follower.state("key/2")).toBeUndefined();
});

test("settleTickets() keeps a held ticket of a retired entity, and resolves it once it is released", () => {
  const follower = new Follower();
  follower.follow("vvv");
  follower.hold("node/1", true);

  const held = follower.round({ atMs: 15_000, retired: ["node/1"] });
  follower.hold("node/1", false);
  const released = follower.round({ atMs: 20_000 });

  expect(held).toMatchObject({ tickets: [], forgotten: [] });
  expect(released.tickets.map(({ change }) => change)).toEqual(["left", "resolved"]);
});

test("settleTickets() leaves a held ticket open however long it holds, and judges it at the look that follows its release", () => {
  const follower = new Follower();
  follower.follow("vvv");
  follower.hold("node/1", true);

  const held = follower.follow("hhhhhh", 15_000);
  follower.hold("node/1", false);
  const released = follower.follow("h", 45_000);

  expect([held, released]).toEqual(["------", "r"]);
});

test("settleTickets() says why a ticket opened, reopened and resolved", () => {
  const follower = new Follower();
  const reasons = "vvvhhhvvv".split("").flatMap((letter, index) => {
    const judgements = [judged("node/1", letter === "v" ? "violated" : "holds")];
    return follower.round({ atMs: index * 5000, judgements }).tickets.map(({ reason }) => reason);
  });

  expect(reasons).toEqual([
    "Violated for 10 s, grace 10 s",
    "Held at 3 or more checkups, for 10 s",
    "Violated again for 10 s, grace 10 s",
  ]);
});

function keys(count: number): readonly EntityId[] {
  return Array.from({ length: count }, (_, index) => `key/${index}` as const);
}
