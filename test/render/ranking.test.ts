import { expect, test } from "bun:test";
import type { Ranking } from "../../src/core/diagnosis/ranking/rank.ts";
import { renderRanking } from "../../src/render/ranking.ts";

const SPAN = { fromMs: 0, toMs: 60_000, moments: 60 };
const RANKING: Ranking = {
  onsetMs: 60_000,
  baseline: SPAN,
  window: SPAN,
  confidence: 0.9,
  verdict: "likely",
  margin: 0.5,
  quietRatio: 4,
  components: [
    {
      component: "back",
      score: 1.5,
      coverage: 1,
      moves: [
        { metric: "latency", signal: "latency", direction: "up", z: 12, before: 0.012, after: 1.4, onsetMs: 60_000 },
        { metric: "cpu", signal: "error", direction: "vanished", z: 500, before: 0.5, after: Number.NaN },
      ],
    },
    { component: "front", score: 0.2, coverage: 1, moves: [], explainedBy: { component: "back", ratio: 0.9 } },
  ],
  skipped: [{ component: "side", metric: "cpu" }],
};

test("renderRanking() prints confidence, components with their figures, and what was left out", () => {
  const text = renderRanking(RANKING, 1).join("\n");

  expect(text).toContain("Confidence  0.90 (likely)");
  expect(text).toContain("4 × quiet windows");
  expect(text).toMatch(/1\s+back\s+1\.500\s+latency 0\.012 → 1\.4 \(z 12 since .*\); cpu 0\.5 → nothing/);
  expect(text).toContain("and 1 more: --top 2");
  expect(text).toContain("1 series have too few values");
  expect(renderRanking(RANKING, 2).join("\n")).toContain("90 % explained by back");
});

test("renderRanking() says where nothing moved, and that the list is only a hint", () => {
  const { quietRatio: _quietRatio, ...rest } = RANKING;

  const text = renderRanking({ ...rest, verdict: "none", components: [], skipped: [] }, 10).join("\n");

  expect(text).toContain("no root cause found in these series");
  expect(text).toContain("No series left its normal range");
  expect(text).toContain("no quiet windows to compare with");
});
