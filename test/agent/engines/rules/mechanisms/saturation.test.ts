import { expect, test } from "bun:test";
import { diagnoseHall, type Figure } from "../halls.ts";

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
