import { expect, test } from "bun:test";
import * as v from "valibot";
import type { Component, Link, State } from "../../src/core/picture.ts";
import { type Look, TimelineEvent, timelineOf } from "../../src/core/timeline.ts";

test("timelineOf() tells every change between consecutive looks, in order of time", () => {
  const looks = [
    look(2000, { ...lamp("down"), startedAtMs: 1, version: "1", configHash: "a" }, "down"),
    look(1000, { ...lamp("up"), startedAtMs: 1, version: "1", configHash: "a" }, "up"),
    look(3000, { ...lamp("up"), startedAtMs: 2500, version: "2", configHash: "b" }, "up"),
  ];

  const timeline = timelineOf(looks);

  expect(timeline.map(({ atMs, event }) => `${atMs} ${event}`)).toEqual([
    "2000 went-down",
    "2000 link-broke",
    "2000 violated",
    "2500 restarted",
    "3000 came-up",
    "3000 reconfigured",
    "3000 upgraded",
    "3000 link-mended",
    "3000 holds-again",
  ]);
  expect(timeline.every((event) => v.is(TimelineEvent, event))).toBe(true);
});

test("timelineOf() takes silence for no change", () => {
  const gone = { picture: { atMs: 2, components: [], links: [], series: [] }, judgements: [] };
  const looks = [
    look(1, lamp("up"), "up"),
    gone,
    look(3, { ...lamp("down"), version: "2" }, "down"),
    look(4, lamp("unknown"), "unknown"),
  ];

  expect(timelineOf(looks)).toEqual([]);
});

function lamp(state: State): Component {
  return { id: "lamp/1", kind: "lamp", state };
}

function look(atMs: number, component: Component, link: State): Look {
  const wire: Link = { from: "lamp/1", to: "mains/1", kind: "wire", state: link };
  const verdict = ({ up: "holds", down: "violated", unknown: "unknown" } as const)[component.state];
  const said = { invariant: "shines", entity: "lamp/1", on: "lamp/1", verdict, summary: "", evidence: {} } as const;
  return { picture: { atMs, components: [component], links: [wire], series: [] }, judgements: [said] };
}
