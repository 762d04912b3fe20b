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
    "    ✗ for: the link from lamp/1 to socket/1 is broken (ruled out: the link works)",
    "    ✓ for: the link is down (must be gone once it is fixed)",
    "  not known: who did it",
  ]);
});
