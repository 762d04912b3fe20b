/** Models of known quality: each ends within its budget, nothing false survives, and the score ranks them as they deserve. */

import { beforeAll, expect, test } from "bun:test";
import { QUERIES } from "../../../../src/agent/desk/queries/mod.ts";
import { isObject } from "../../../../src/core/text/parse.ts";
import { BRAINS, type BrainTrial, brainTrials, LIMITS, meanScore } from "./brain-trials.ts";
import type { Talk } from "./talk.ts";

let trials: readonly BrainTrial[] = [];

beforeAll(async () => {
  trials = await brainTrials();
}, 60_000);

test.each(Object.keys(BRAINS))("the %s brain ends within its budget, by requests that are in order", (name) => {
  for (const { spent, api, conclusion, error } of talksOf(name)) {
    expect(api.problems).toEqual([]);
    expect(spent.turns).toBeLessThanOrEqual(LIMITS.turns);
    expect(spent.toolCalls).toBeLessThanOrEqual(LIMITS.toolCalls);
    expect(conclusion !== undefined || error instanceof Error).toBe(true);
  }
});

test.each(Object.keys(BRAINS))(
  "no false claim of the %s brain carries a cause, and nothing that it asks for is outside of the list",
  (name) => {
    const known = new Set(QUERIES.map((query) => query.name));
    for (const { conclusion, steps } of talksOf(name)) {
      expect(
        conclusion?.cause?.claims.filter(({ side, outcome }) => side === "for" && outcome === "false") ?? [],
      ).toEqual([]);
      const asked = steps
        .filter(({ kind }) => kind === "asked")
        .map(({ detail }) => (isObject(detail) ? detail["query"] : ""));
      expect(asked.every((query) => known.has(String(query)))).toBe(true);
    }
  },
);

test("scoreAnswer() ranks the brains in the order in which they deserve it", () => {
  const ranked = Object.keys(BRAINS).toSorted((a, b) => scoreOf(b) - scoreOf(a));

  expect(ranked).toEqual(Object.keys(BRAINS));
  expect(scoreOf("honest")).toBeGreaterThan(0.8);
  expect(scoreOf("liar")).toBeLessThan(0);
});

test("scoreAnswer() falls when one truth is another", () => {
  const [first, ...rest] = trials.filter(({ brain }) => brain === "honest");
  if (!first) throw new Error("Cannot find the honest brain");
  const flipped = { ...first, truth: { ...first.truth, component: "elsewhere/1" } as const };

  expect(meanScore([flipped, ...rest])).toBeLessThan(meanScore([first, ...rest]));
});

function talksOf(name: string): readonly Talk[] {
  return trials.filter(({ brain }) => brain === name).map((trial) => trial.talk);
}

function scoreOf(name: string): number {
  return meanScore(trials.filter(({ brain }) => brain === name));
}
