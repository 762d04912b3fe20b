/** What is wrapped, what is quiet, and in what order what is wrong is shown. */

import { expect, test } from "bun:test";
import { unjudgedSummary } from "../../../src/core/tickets/round.ts";
import type { ComponentId } from "../../../src/core/words/ids.ts";
import type { Verdict } from "../../../src/core/words/verdict.ts";
import type { FeedItem } from "../../../src/database/mod.ts";
import { newsFold } from "../../../src/render/live/coalesce.ts";
import { worstFirst, worstLines } from "../../../src/render/live/unhealthy.ts";
import { sampleTicket } from "../../core/tickets/sample-ticket.ts";

interface VerdictChange {
  readonly on?: ComponentId;
  readonly from?: Verdict;
  readonly summary?: string;
}

const CHECKUP: FeedItem = {
  kind: "checkup",
  atMs: 0,
  checkup: { id: 1, instance: 1, atMs: 0, elapsedMs: 1, holds: 0, violated: 0, unknown: 0 },
};

test("newsFold() says in one line what more than three entities turned to", () => {
  const fold = newsFold();
  const items = [1, 2, 3, 4].map((lamp) => turn(lamp, "violated", { from: "holds" }));

  expect(items.flatMap(fold)).toEqual([]);
  expect(texts(fold(CHECKUP))).toEqual(["violated lit of 4 lamps (lamp/1, lamp/2, …): Lamp 1 is violated"]);
  expect(texts(fold(CHECKUP))).toEqual([]);
});

test("newsFold() names three entities that turn alike each", () => {
  const fold = newsFold();
  for (const lamp of [1, 2, 3]) fold(turn(lamp, "violated", { from: "holds" }));

  expect(fold(CHECKUP)).toHaveLength(3);
});

test("newsFold() says in one line what happens to more than three tickets of an invariant", () => {
  const fold = newsFold();
  const items = [1, 2, 3, 4].map(opened);

  expect(items.flatMap(fold)).toEqual([]);
  expect(texts(fold(CHECKUP))).toEqual([
    "tickets 1, 2, … opened: lit of 4 lamps (lamp/1, lamp/2, …): Violated for 5 s",
  ]);
  fold(opened(5));
  expect(texts(fold(CHECKUP))).toEqual(["ticket 5 opened: lit of lamp/5: Violated for 5 s"]);
});

test("newsFold() tells of a component's entities when their worst verdict changes, and not of each", () => {
  const fold = newsFold();
  const key = (lamp: number, from: Verdict, to: Verdict): FeedItem => turn(lamp, to, { from, on: "room/a" });
  const rounds = [
    [key(1, "holds", "violated")],
    [key(2, "holds", "violated"), key(1, "violated", "holds")],
    [key(3, "holds", "unknown")],
    [key(2, "violated", "holds")],
    [key(3, "unknown", "holds")],
  ];

  const told = rounds.map((items) => texts([...items, CHECKUP].flatMap((item) => [...fold(item)])));

  expect(told).toEqual([
    ["violated lit of lamp/1: Lamp 1 is violated"],
    [],
    [],
    [],
    ["holds lit of lamp/3: Lamp 3 is holds"],
  ]);
});

test("newsFold() keeps quiet where what was never told of holds again", () => {
  const fold = newsFold();

  const told = [turn(1, "holds", { from: "unknown", on: "room/a" }), CHECKUP].flatMap((item) => [...fold(item)]);

  expect(texts(told)).toEqual([]);
});

test("newsFold() says in one line what two entities are unknown for", () => {
  const fold = newsFold();
  for (const lamp of [1, 2]) fold(turn(lamp, "unknown", { from: "holds", summary: "The register is not known" }));

  expect(texts(fold(CHECKUP))).toEqual(["unknown lit of 2 lamps (lamp/1, lamp/2): The register is not known"]);
});

test("newsFold() tells of a ticket that grows each time that it has doubled, and of a held one always", () => {
  const fold = newsFold();
  const told = ([2, 3, 4, 5, 8] as const).flatMap((affected) => [...fold(joined({ affected })), ...fold(CHECKUP)]);
  const held = [...fold(joined({ affected: 9, held: true })), ...fold(CHECKUP)];

  expect(texts(told)).toEqual(
    [2, 4, 8].map((count) => `ticket 1 affects more, ${count} in all: lit of lamp/1: Joined`),
  );
  expect(held).toHaveLength(1);
});

test("newsFold() keeps quiet of who merely went idle and is well again", () => {
  const fold = newsFold();
  const idle = { from: "holds", summary: unjudgedSummary("lamp/1") } as const;

  const told = [turn(1, "unknown", idle), CHECKUP, turn(1, "holds", { from: "unknown" }), CHECKUP].flatMap(fold);

  expect(told).toEqual([]);
});

test("newsFold() tells of who went idle after a violation, of blindness, and of who comes back violated", () => {
  const fold = newsFold();
  const idle = { from: "holds", summary: unjudgedSummary("lamp/1") } as const;
  const rounds = [
    turn(1, "violated", { from: "holds" }),
    turn(1, "holds", { from: "violated" }),
    turn(1, "unknown", idle),
    turn(2, "unknown", { from: "holds", summary: "Cannot be seen: timeout" }),
    turn(3, "unknown", { from: "holds", summary: unjudgedSummary("lamp/3") }),
    turn(3, "violated", { from: "unknown" }),
  ];

  const told = rounds.flatMap((item) => [...fold(item), ...fold(CHECKUP)]);

  expect(texts(told)).toEqual([
    "violated lit of lamp/1: Lamp 1 is violated",
    "holds lit of lamp/1: Lamp 1 is holds",
    "unknown lit of lamp/1: lamp/1 is no longer reported",
    "unknown lit of lamp/2: Cannot be seen: timeout",
    "violated lit of lamp/3: Lamp 3 is violated",
  ]);
});

test("worstFirst() puts violated, critical and few first, and shows three rows of an invariant", () => {
  const entityStates = [
    ...[1, 2, 3, 4, 5].map((lamp) => entityState("many", lamp, "violated")),
    entityState("mild", 1, "violated"),
    entityState("few", 1, "unknown"),
    entityState("few", 2, "violated"),
    entityState("well", 1, "holds"),
  ];

  const rows = worstFirst(entityStates, new Map([["mild", "warning"]]));
  const lines = worstLines(rows, ({ invariant, entity }) => [invariant, entity]);

  expect(lines.map((line) => line.replaceAll(/ +/g, " ").trim())).toEqual([
    "few lamp/2",
    "many lamp/1",
    "many lamp/2",
    "many lamp/3",
    "and 2 more of many",
    "mild lamp/1",
    "few lamp/1",
  ]);
});

function texts(news: readonly { readonly text: string }[]): readonly string[] {
  return news.map(({ text }) => text);
}

function turn(lamp: number, to: Verdict, { from, on, summary = `Lamp ${lamp} is ${to}` }: VerdictChange): FeedItem {
  const entity = `lamp/${lamp}` as const;
  const change = {
    id: lamp,
    instance: 1,
    atMs: 0,
    invariant: "lit",
    entity,
    on: on ?? entity,
    to,
    summary,
    reason: "seen",
    figures: {},
  };
  return { kind: "verdict", atMs: 0, change: { ...change, ...(from && { from }) } };
}

function opened(id: number): FeedItem {
  const entity = `lamp/${id}` as const;
  const by = { actor: "monitor/test", reason: "Violated for 5 s" } as const;
  return {
    kind: "ticket",
    atMs: 0,
    ticket: sampleTicket({ id, invariant: "lit", on: entity, summary: "Dark" }),
    transition: { id, ticket: id, atMs: 0, change: "opened", ...by },
  };
}

function joined(about: { readonly affected: number; readonly held?: boolean }): FeedItem {
  const by = { actor: "monitor/test", reason: "Joined" } as const;
  return {
    kind: "ticket",
    atMs: 0,
    ticket: sampleTicket({ id: 1, invariant: "lit", on: "lamp/1", summary: "Dark", ...about }),
    transition: { id: 1, ticket: 1, atMs: 0, change: "joined", ...by },
  };
}

function entityState(invariant: string, lamp: number, verdict: Verdict) {
  return { invariant, entity: `lamp/${lamp}` as const, verdict, verdictSinceMs: lamp, summary: `${invariant} ${lamp}` };
}
