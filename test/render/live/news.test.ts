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

test("newsOf() says of an incident what it is about when it opens, and from then on what becomes of it", () => {
  const incident = { id: 3, instance: 1, state: "open", title: "lit of lamp/2", beganAtMs: 0, openedAtMs: 0 } as const;
  const transition = { id: 1, incident: 3, atMs: NOW_MS, actor: "monitor/a", reason: "Dark for 15s" } as const;
  const news = (to: "open" | "acting" | "resolved") =>
    newsOf({ kind: "incident", atMs: NOW_MS, incident, transition: { ...transition, to } });

  expect(news("open")).toMatchObject({ tone: "bad", text: "incident 3 open: lit of lamp/2" });
  expect(news("acting")).toMatchObject({ tone: "warn", text: "incident 3 acting: Dark for 15s" });
  expect(news("resolved")?.tone).toBe("good");
});
