import { expect, test } from "bun:test";
import { answeredStep, digestOf, recordedTurn } from "../../../../../src/agent/engines/claude/wire/recorded-turn.ts";
import type { Turn } from "../../../../../src/agent/engines/claude/wire/turn.ts";

const TURN: Turn = {
  content: [
    { type: "thinking", thinking: "Hm", signature: "c2ln" },
    { type: "text", text: "I look." },
    { type: "tool_use", id: "toolu_1", name: "verdicts", input: {} },
    { type: "tool_use", id: "toolu_2", name: "logs", input: {} },
  ],
  calls: [
    { id: "toolu_1", name: "verdicts", input: {} },
    { id: "toolu_2", name: "logs", input: {}, malformed: "Its input is not a JSON object" },
  ],
  stop: "tool_use",
  usage: { inputTokens: 1, cacheWriteTokens: 2, cacheReadTokens: 3, outputTokens: 4 },
};
const REQUEST = {
  system: "s",
  tools: [],
  messages: [{ role: "user" as const, content: [{ type: "text", text: "?" }] }],
  maxTokens: 9,
};

test("recordedTurn() reads what answeredStep() has written, but for signatures", () => {
  const step = answeredStep(REQUEST, TURN);

  const read = recordedTurn({ ...step, detail: JSON.parse(JSON.stringify(step.detail)) });

  expect(read?.request).toBe(digestOf(REQUEST));
  expect(read?.turn).toEqual({ ...TURN, content: [{ type: "thinking", thinking: "Hm" }, ...TURN.content.slice(1)] });
  expect(step.summary).toBe("I look.; verdicts {}; logs {}");
});

test("recordedTurn() answers nothing of another step, or of one that cannot be read", () => {
  expect(recordedTurn({ kind: "asked", detail: {} })).toBeUndefined();
  expect(recordedTurn({ kind: "answered", detail: { stop: 7 } })).toBeUndefined();
});

test("digestOf() is the same for the same question, signatures aside, and other for another", () => {
  const thinking = (signature: string) => ({
    ...REQUEST,
    messages: [{ role: "user" as const, content: [{ type: "thinking", thinking: "Hm", signature }] }],
  });

  expect(digestOf(thinking("a"))).toBe(digestOf(thinking("b")));
  expect(digestOf(REQUEST)).not.toBe(digestOf({ ...REQUEST, maxTokens: 8 }));
});
