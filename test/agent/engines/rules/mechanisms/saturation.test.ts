import { expect, test } from "bun:test";
import { diagnoseHall, type Figure, rate } from "../halls.ts";

const full: Figure = { of: "lamp/2", signal: "cpu", unit: "ratio", was: 0.3, is: 0.97 };

test("rules names a component without capacity left whose figures nobody can read any more", async () => {
  const { cause } = await diagnoseHall({
    wrong: [{ symptom: "slow", on: "lamp/2" }],
    figures: [{ ...full, readings: 4 }],
  });

  expect(cause).toMatchObject({ component: "lamp/2", mechanism: "saturation", verdict: "confirmed" });
});

test("rules names no saturation by figures of which too few were read since the trouble began", async () => {
  const { cause } = await diagnoseHall({
    wrong: [{ symptom: "slow", on: "lamp/2" }],
    figures: [{ ...full, readings: 2 }],
  });

  expect(cause).toBeUndefined();
});

/** Index of the first reading since the trouble began. */
const BEGAN = 60;

test.each([
  ["rose only after it had no capacity left, as retries do", 7, 80, "confirmed"],
  ["rose as its capacity was used up", 0, 90, undefined],
  ["had grown a little before, and much after", 7, 100, undefined],
] as const)("rules judges saturation by when demand rose: it %s", async (_, risesAfter, first, verdict) => {
  const demand: Figure = {
    ...rate("people/all", 90, 290),
    pattern: (index) => (index < BEGAN + risesAfter ? first : 290),
  };
  const { cause } = await diagnoseHall({ wrong: [{ symptom: "slow", on: "lamp/2" }], figures: [full, demand] });

  expect(cause?.mechanism === "saturation" ? cause.verdict : undefined).toBe(verdict);
});
