import { expect, test } from "bun:test";
import { renderDiagnosis } from "../../../src/render/records/diagnosis.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");

test("renderDiagnosis() marks what was ruled out, with what was claimed and what was found", () => {
  const predicate = { kind: "link-broken", from: "lamp/1", to: "socket/1" } as const;
  const lines = renderDiagnosis({
    engine: "rules",
    atMs: NOW_MS,
    observation: "Dark",
    timeline: [],
    cause: {
      component: "lamp/1",
      mechanism: "crash",
      summary: "It burst",
      verdict: "likely",
      claims: [
        { side: "for", predicate, outcome: "false", figure: "the link works", persistent: false },
        { side: "for", predicate, outcome: "true", figure: "the link is down", persistent: true },
      ],
    },
    affected: [],
    propagation: [],
    options: [],
    suggestions: [],
    confidence: 0.7,
    unknowns: ["who did it"],
  });

  expect(lines.slice(2)).toEqual([
    "  Dark",
    "  crash of lamp/1: likely. It burst",
    "    ✗ for: the link from lamp/1 to socket/1 is broken (not so: the link works)",
    "    ✓ for: the link is down (must be gone once it is fixed)",
    "  not known: who did it",
  ]);
});

test("renderDiagnosis() says whether two engines agree, and which claims decide where they do not", () => {
  const found = (component: "lamp/1" | "lamp/2", value: string, outcome: "true" | "false") => ({
    component,
    mechanism: "crash" as const,
    summary: "It burst",
    verdict: "likely" as const,
    claims: [
      {
        side: "for" as const,
        predicate: { kind: "state-is" as const, component, path: "state", comparison: "is" as const, value },
        outcome,
        figure: `${component} state is "down"`,
        persistent: false,
      },
    ],
  });
  const diagnosis = {
    engine: "claude",
    atMs: NOW_MS,
    observation: "Dark",
    timeline: [],
    cause: found("lamp/1", "down", "true"),
    affected: [],
    propagation: [],
    options: [],
    suggestions: [],
    confidence: 0.7,
    unknowns: [],
  };

  const other = renderDiagnosis({
    ...diagnosis,
    secondOpinion: { engine: "rules", atMs: NOW_MS, cause: found("lamp/2", "up", "false") },
  });
  const none = renderDiagnosis({ ...diagnosis, secondOpinion: { engine: "rules" } });
  const same = renderDiagnosis({ ...diagnosis, secondOpinion: { engine: "rules", cause: diagnosis.cause } });

  expect(other.slice(5)).toEqual([
    "  rules found crash of lamp/2 (likely) at 2026-01-02T03:04:05.000Z. They disagree",
    '    speaks for claude: ✓ for: lamp/1 state is "down"',
    '    speaks against rules: ✗ for: lamp/2 state is "up" (not so: lamp/2 state is "down")',
  ]);
  expect(none.slice(5)).toEqual([
    "  rules found no cause. Only one of them found a cause",
    '    speaks for claude: ✓ for: lamp/1 state is "down"',
  ]);
  expect(same.slice(5)).toEqual([
    "  rules found crash of lamp/1 (likely). Both agree",
    '    cited by both: ✓ for: lamp/1 state is "down"',
  ]);
});
