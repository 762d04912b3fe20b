import { expect, test } from "bun:test";
import type { Diagnosis } from "../../../src/core/diagnosis/diagnosis.ts";
import { withSecondOpinion } from "../../../src/runtime/views/second-opinion.ts";

const BY_MODEL: Diagnosis = {
  engine: "claude",
  atMs: 3000,
  observation: "It is dark",
  timeline: [],
  cause: undefined,
  affected: [],
  propagation: [],
  options: [],
  confidence: 0.5,
  unknowns: [],
  suggestions: [],
};
const CAUSE = { mechanism: "crash", component: "lamp/1", verdict: "likely", summary: "It burst", claims: [] } as const;

test("withSecondOpinion() sets the newest diagnosis of another engine against one", () => {
  const earlier = { ...BY_MODEL, engine: "rules", atMs: 1000 };
  const newest = { ...earlier, atMs: 2000, cause: CAUSE };

  const opinions = [
    [earlier, newest, BY_MODEL],
    [earlier, BY_MODEL],
  ].map((all) => withSecondOpinion(BY_MODEL, all).secondOpinion);

  expect(opinions).toEqual([
    { engine: "rules", atMs: 2000, cause: CAUSE },
    { engine: "rules", atMs: 1000 },
  ]);
});

test("withSecondOpinion() leaves one that has heard another, and one that nobody else has worked on", () => {
  const heard = { ...BY_MODEL, secondOpinion: { engine: "rules" } };

  expect(withSecondOpinion(heard, [{ ...BY_MODEL, engine: "rules" }, heard])).toBe(heard);
  expect(withSecondOpinion(BY_MODEL, [BY_MODEL])).toBe(BY_MODEL);
});
