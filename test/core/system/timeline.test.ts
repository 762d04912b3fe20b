import { expect, test } from "bun:test";
import * as v from "valibot";
import type { Component, Link, Picture, State } from "../../../src/core/system/picture.ts";
import {
  type RecordedEvent,
  rewind,
  type Said,
  structureEvents,
  TimelineEvent,
  verdictEventKind,
} from "../../../src/core/system/timeline.ts";

test("structureEvents() tells that a component moved, and not that it restarted, when it answers at another address", () => {
  const pictures = [
    picture(1000, { ...lamp("up"), address: "localhost:1", startedAtMs: 1 }, "up"),
    picture(2000, { ...lamp("up"), address: "127.0.0.1:1", startedAtMs: 1 }, "up"),
    picture(3000, { ...lamp("up"), address: "127.0.0.1:2", startedAtMs: 500 }, "up"),
  ];

  const events = eventsOf(pictures);

  expect(events.map(({ atMs, event, summary }) => `${atMs} ${event}: ${summary}`)).toEqual([
    "3000 moved: lamp/1 moved from 127.0.0.1:1 to 127.0.0.1:2",
  ]);
});

test("structureEvents() tells every change between two pictures, in order of time", () => {
  const pictures = [
    picture(1000, { ...lamp("up"), startedAtMs: 1, version: "1", configHash: "a" }, "up"),
    picture(2000, { ...lamp("down"), startedAtMs: 1, version: "1", configHash: "a" }, "down"),
    picture(3000, { ...lamp("up"), startedAtMs: 2500, version: "2", configHash: "b" }, "up"),
  ];

  const events = eventsOf(pictures);

  expect(events.map(({ atMs, event }) => `${atMs} ${event}`)).toEqual([
    "2000 went-down",
    "2000 link-broke",
    "2500 restarted",
    "3000 came-up",
    "3000 reconfigured",
    "3000 upgraded",
    "3000 link-recovered",
  ]);
  expect(events.every((event) => v.is(TimelineEvent, event))).toBe(true);
});

test.each([
  [undefined, "went down"],
  ["refused", "went down: connection refused"],
  ["refused-access", "refuses access"],
  ["timed-out", "stopped answering"],
] as const)("structureEvents() says of a component whose probe is %s that it %s", (probe, words) => {
  const up = { id: "lamp/1", kind: "lamp", state: "up" } as const;
  const down = { ...up, state: "down", ...(probe && { probe }) } as const;
  const at = (component: Component, atMs: number): Picture => ({
    atMs,
    components: [component],
    links: [],
    series: [],
  });

  const events = structureEvents(at(up, 1000), at(down, 2000));

  expect(events).toMatchObject([{ event: "went-down", summary: `lamp/1 ${words}` }]);
});

test("structureEvents() takes silence for no change", () => {
  const gone = { atMs: 2, components: [], links: [], series: [] };
  const last = { ...picture(4, lamp("unknown"), "unknown") };

  expect(
    eventsOf([picture(1, lamp("up"), "up"), gone, picture(3, { ...lamp("down"), version: "2" }, "down"), last]),
  ).toEqual([]);
});

test("verdictEventKind() names the change; that something new holds is none", () => {
  expect(verdictEventKind({ to: "holds" })).toBeUndefined();
  expect(verdictEventKind({ from: "unknown", to: "holds" })).toBe("holds-again");
  expect(verdictEventKind({ to: "violated" })).toBe("violated");
  expect(verdictEventKind({ from: "holds", to: "unknown" })).toBe("became-unknown");
});

test("rewind() answers what was said then: the present word, but for what has changed since", () => {
  const now = [
    said("lamp/1", "violated"),
    said("lamp/2", "holds"),
    said("lamp/3", "holds"),
    said("lamp/4", "violated"),
  ];
  const events = [
    changed(1500, "lamp/1", "holds", "unknown"),
    changed(1700, "lamp/1", "unknown", "violated"),
    changed(900, "lamp/2", "violated", "holds"),
    { ...changed(1800, "lamp/4", "holds", "violated"), said: { ...CHANGE, to: "violated" as const } },
  ];

  const then = rewind(now, events, 1000);

  expect(then.map(({ entity, verdict }) => `${entity} ${verdict}`)).toEqual([
    "lamp/1 holds",
    "lamp/2 holds",
    "lamp/3 holds",
  ]);
});

const CHANGE = { on: "lamp/1", reason: "seen", figures: {} } as const;

function changed(atMs: number, of: `lamp/${number}`, from: Said["verdict"], to: Said["verdict"]): RecordedEvent {
  const said = { ...CHANGE, from, to };
  return { atMs, event: verdictEventKind(said) ?? "violated", of, invariant: "shines", summary: "", said };
}

function said(entity: `lamp/${number}`, verdict: Said["verdict"]): Said {
  return { invariant: "shines", entity, on: entity, verdict, summary: "", evidence: {} };
}

function eventsOf(pictures: readonly Picture[]): readonly TimelineEvent[] {
  return pictures.slice(1).flatMap((now, index) => structureEvents(pictures[index] ?? now, now));
}

function lamp(state: State): Component {
  return { id: "lamp/1", kind: "lamp", state };
}

function picture(atMs: number, component: Component, link: State): Picture {
  const wire: Link = { from: "lamp/1", to: "mains/1", kind: "wire", state: link };
  return { atMs, components: [component], links: [wire], series: [] };
}
