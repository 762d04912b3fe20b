import { expect, test } from "bun:test";
import type { InvestigationStep, StepKind } from "../../../src/core/diagnosis/investigation.ts";
import { renderReplay } from "../../../src/render/records/replay.ts";
import { renderLiveStep, renderTranscript } from "../../../src/render/records/transcript.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");
const SPENT = { wallMs: 900, turns: 1, tokens: 160, toolCalls: 1, usd: 0.0123 };
const INVESTIGATION = {
  id: 7,
  incident: 3,
  engine: "claude",
  state: "concluded",
  startedAtMs: NOW_MS,
  endedAtMs: NOW_MS + 1500,
  outcome: "crash of lamp/1 (confirmed): It burst",
  spent: SPENT,
} as const;

const STEPS = [
  stepOf("prompted", "a-model", { brief: `The case.\n<data>\n${"x".repeat(3000)}\n</data>` }),
  stepOf("answered", "I look; verdicts {}", {
    content: [
      { type: "thinking", thinking: "Hm" },
      { type: "text", text: "I look." },
      { type: "tool_use", name: "verdicts", input: { most: 3 } },
    ],
    stop: "tool_use",
    usage: { inputTokens: 100, cacheReadTokens: 50, outputTokens: 10 },
  }),
  stepOf("asked", "e1 verdicts: 1 judgement", { input: { most: 3 }, value: [{ said: "y".repeat(900) }] }),
  stepOf("claimed", "for h1: true", { claim: { side: "for" } }),
  stepOf("retried", "Overloaded", null),
];

test("renderTranscript() shows each turn, call and result in their order, cut short", () => {
  const lines = renderTranscript(INVESTIGATION, STEPS);

  expect(lines.slice(0, 3)).toEqual([
    "Investigation 7 by claude, begun 2026-01-02T03:04:05.000Z: concluded after 1.5s",
    "  1.5s, 1 query, 1 turn, 160 tokens, $0.01",
    "  crash of lamp/1 (confirmed): It burst",
  ]);
  expect(lines).toContain("+100ms answered: I look; verdicts {}");
  expect(lines.slice(lines.indexOf("  (thinks) Hm"))).toMatchObject([
    "  (thinks) Hm",
    "  I look.",
    '  → verdicts {"most":3}',
    "  ended by tool_use; tokens: in 100, cached 50, out 10",
    "",
    "+100ms asked: e1 verdicts: 1 judgement",
    '  input {"most":3}',
    expect.stringMatching(/^ {2}\[\{"said":"y{390}.*…$/),
    "",
    "+100ms claimed: for h1: true",
    '  {"side":"for"}',
    "",
    "+100ms retried: Overloaded",
  ]);
  expect(lines.join("\n")).toContain("(--whole shows all of it)");
});

test("renderTranscript() shows all of it on request, and says where nothing is kept", () => {
  const whole = renderTranscript(INVESTIGATION, STEPS, { whole: true }).join("\n");

  expect(whole).toContain("x".repeat(3000));
  expect(whole).toContain("y".repeat(900));
  expect(renderTranscript({ ...INVESTIGATION, outcome: "" }, [])).toContain("Its steps are no longer stored");
});

test("renderLiveStep() shows what code found of each claim of a model", () => {
  const predicate = { kind: "link-works", from: "lamp/1", to: "socket/1" } as const;
  const claim = { side: "for", predicate, outcome: "false", figure: "it is broken", persistent: false } as const;
  const weighed = { component: "lamp/1", mechanism: "crash", verdict: "inconclusive" } as const;
  const detail = [
    { id: "h1", ...weighed },
    { id: "h2", ...weighed, by: "claude", summary: "It burst", claims: [claim] },
  ];
  const step = { kind: "weighed", summary: "2 hypotheses", detail } as const;

  const expected = [
    "crash of lamp/1: inconclusive. It burst",
    "  ✗ for: the link from lamp/1 to socket/1 works (not so: it is broken)",
  ];
  expect(
    renderLiveStep(step, SPENT)
      .slice(1)
      .map((line) => line.slice(16)),
  ).toEqual(expected);
  expect(renderTranscript(INVESTIGATION, [stepOf("weighed", "2 hypotheses", detail)]).slice(-2)).toEqual(
    expected.map((line) => `  ${line}`),
  );
});

test("renderLiveStep() shows time, cost and what was done on one line", () => {
  expect(renderLiveStep({ kind: "asked", summary: "e1 verdicts", detail: {} }, SPENT)).toEqual([
    "+900ms   $0.01  asked     e1 verdicts",
  ]);
});

test("renderReplay() says that it was the same, else where it first was not", () => {
  expect(renderReplay({ same: 4 })).toEqual(["Identical: 4 steps, the same conclusion"]);
  expect(
    renderReplay({ same: 2, difference: { step: 3, was: "asked: logs", is: "asked: look", at: "input" } }),
  ).toEqual(["Step 3 differs, after 2 that are the same", "  was  asked: logs", "  is   asked: look", "  at   input"]);
  expect(renderReplay({ same: 2, difference: { step: 3 } })).toEqual([
    "Step 3 differs, after 2 that are the same",
    "  was  nothing: the record ends here",
    "  is   nothing: it ends here",
  ]);
});

function stepOf(kind: StepKind, summary: string, detail: unknown): InvestigationStep {
  return { id: 1, investigation: 7, atMs: NOW_MS + 100, kind, summary, detail };
}
