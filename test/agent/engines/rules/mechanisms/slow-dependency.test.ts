import { expect, test } from "bun:test";
import { diagnoseHall, type Hall } from "../halls.ts";

const HALL: Hall = {
  wrong: [{ symptom: "slow", on: "lamp/2" }],
  figures: [{ of: "lamp/2", signal: "network", unit: "seconds", was: 0.01, is: 0.2 }],
};

test("rules names a slow way, and is not sure of it, where that breaks for moments and serves in between", async () => {
  const { cause } = await diagnoseHall({ ...HALL, brokenFrom: ["lamp/2"], waveringFrom: ["lamp/2"] });

  expect(cause).toMatchObject({ component: "lamp/2", mechanism: "slow-dependency", verdict: "likely" });
});

test("rules names no slow way where that has been broken all the time", async () => {
  const { cause } = await diagnoseHall({ ...HALL, brokenFrom: ["lamp/2"] });

  expect(cause).toMatchObject({ component: "lamp/2", mechanism: "partition" });
});
