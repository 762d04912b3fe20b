import { expect, test } from "bun:test";
import { freshEvidence } from "../../../src/core/diagnosis/fresh-evidence.ts";
import type { CheckedClaim, Hypothesis } from "../../../src/core/diagnosis/hypothesis.ts";
import type { SeriesQuestion } from "../../../src/core/system/series.ts";

const NOW = { picture: { atMs: 90_000, components: [], links: [], series: [] }, judgements: [] };
const signal = AbortSignal.timeout(1000);

test("freshEvidence() asks for the past of levels only, back to where their baseline begins", async () => {
  const asked: SeriesQuestion[] = [];

  const evidence = await freshEvidence(cause(), NOW, {
    signal,
    series: async (question) => {
      asked.push(question);
      return [{ metric: question.metric, labels: {}, points: [] }];
    },
  });

  expect(asked).toEqual([{ metric: "current_amperes", labels: { lamp: "1" }, windowMs: 80_000, endMs: 90_000 }]);
  expect(evidence).toMatchObject({ now: NOW, timeline: [], series: [{ metric: "current_amperes" }] });
});

test("freshEvidence() has no past where its keeper does not answer", async () => {
  const { series } = await freshEvidence(cause(), NOW, {
    signal,
    series: () => Promise.reject(new Error("No answer")),
  });

  expect(series).toEqual([]);
});

function cause(): Hypothesis {
  const checked = { side: "for", outcome: "true", figure: "", persistent: true } as const;
  const claims: readonly CheckedClaim[] = [
    { ...checked, predicate: { kind: "link-broken", from: "lamp/1", to: "mains/1" } },
    {
      ...checked,
      predicate: {
        kind: "level",
        metric: "current_amperes",
        labels: { lamp: "1" },
        windowMs: 10_000,
        baselineFromMs: 10_000,
        baselineToMs: 60_000,
        comparison: "above",
        factor: 2,
      },
    },
  ];
  return { component: "lamp/1", mechanism: "saturation", summary: "It glows", claims, verdict: "confirmed" };
}
