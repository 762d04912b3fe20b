import { expect, test } from "bun:test";
import { type Answer, judge, type Loss } from "./judgement.ts";

const RULE = { limit: 2, windowMs: 1000, shardOf: () => 0 };

function admitted(atMs: number, byRedis = true): Answer {
  return { key: "a", sentMs: atMs, receivedMs: atMs + 5, allowed: true, byRedis };
}

test("judge() finds no fault in a limit of each window, whatever was denied", () => {
  const denied = { ...admitted(500), allowed: false };
  const answers = [admitted(0), admitted(10), denied, admitted(1006), admitted(1020)];

  expect(judge(answers, { ...RULE, losses: [] })).toEqual({ mostByRedis: 2, most: 2, over: 0, unexplained: 0 });
});

test("judge() counts what Redis admitted above the limit, and apart from it what the failure policy did", () => {
  const answers = [admitted(0), admitted(10), admitted(20), admitted(30, false)];

  expect(judge(answers, { ...RULE, losses: [] })).toEqual({ mostByRedis: 3, most: 4, over: 1, unexplained: 1 });
});

test.each([
  ["when it was lost", { shard: 0, fromMs: 15, toMs: 15, writes: 1 }, 0],
  ["long after it was lost", { shard: 0, fromMs: -900, toMs: -800, writes: 5 }, 1],
  ["when another shard lost it", { shard: 1, fromMs: 15, toMs: 15, writes: 1 }, 1],
])(
  "judge() explains a unit above the limit that was admitted %s by the loss or by nothing",
  (_when, loss: Loss, left) => {
    const answers = [admitted(0), admitted(10), admitted(20)];

    expect(judge(answers, { ...RULE, losses: [loss] }).unexplained).toBe(left);
  },
);
