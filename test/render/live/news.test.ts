import { expect, test } from "bun:test";
import type { VerdictChange } from "../../../src/database/mod.ts";
import { newsOf } from "../../../src/render/live/news.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");

test("newsOf() tells changes, and not that something new is well", () => {
  const change: VerdictChange = {
    id: 1,
    instance: 1,
    atMs: NOW_MS,
    invariant: "lit",
    entity: "lamp/1",
    on: "lamp/1",
    to: "holds",
    summary: "It shines",
    reason: "seen",
    figures: {},
  };

  expect(newsOf({ kind: "verdict", atMs: NOW_MS, change })).toBeUndefined();
  expect(newsOf({ kind: "verdict", atMs: NOW_MS, change: { ...change, from: "violated" } })).toMatchObject({
    text: "holds lit of lamp/1: It shines",
    data: { kind: "verdict", at: "2026-01-02T03:04:05.000Z", from: "violated", to: "holds" },
  });
});
