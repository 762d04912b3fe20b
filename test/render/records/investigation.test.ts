import { expect, test } from "bun:test";
import { NOTHING_SPENT } from "../../../src/core/diagnosis/investigation.ts";
import { renderInvestigation } from "../../../src/render/records/investigation.ts";
import type { InvestigationView } from "../../../src/runtime/views/incident.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");
const VIEW: InvestigationView = {
  id: 4,
  incident: 3,
  engine: "rules",
  state: "running",
  startedAtMs: NOW_MS - 5000,
  outcome: "",
  spent: NOTHING_SPENT,
  total: NOTHING_SPENT,
  count: 1,
  steps: [
    { id: 1, investigation: 4, atMs: NOW_MS - 5000, kind: "began", summary: "rules investigates", detail: {} },
    { id: 2, investigation: 4, atMs: NOW_MS - 4000, kind: "asked", summary: "e1 logs: 3 lines", detail: {} },
  ],
};

test("renderInvestigation() shows the steps of one that is under way", () => {
  expect(renderInvestigation(VIEW, NOW_MS)).toEqual([
    "",
    "Investigation 4 by rules: under way for 5s",
    "  2026-01-02T03:04:00.000Z  began  rules investigates",
    "  2026-01-02T03:04:01.000Z  asked  e1 logs: 3 lines",
  ]);
});

test.each([
  [{ ...NOTHING_SPENT, toolCalls: 1 }, 1, "concluded in 2s, 1 query", []],
  [
    { ...NOTHING_SPENT, toolCalls: 2, turns: 3, tokens: 900, usd: 0.5 },
    3,
    "concluded in 2s, 2 queries, 3 turns, 900 tokens, $0.50",
    ["  3 investigations in all: 4s, 2 queries"],
  ],
])(
  "renderInvestigation() says of one that is over what it came to and what it cost: %j",
  (spent, count, words, total) => {
    const ended = { state: "concluded", endedAtMs: NOW_MS - 3000, outcome: "crash of lamp/2 (confirmed)" } as const;

    expect(
      renderInvestigation(
        { ...VIEW, ...ended, spent, count, total: { ...NOTHING_SPENT, wallMs: 4000, toolCalls: 2 } },
        NOW_MS,
      ),
    ).toEqual(["", `Investigation 4 by rules: ${words}`, "  crash of lamp/2 (confirmed)", ...total]);
  },
);
