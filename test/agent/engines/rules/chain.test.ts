import { expect, test } from "bun:test";
import { diagnoseHall } from "./halls.ts";

test("rules names one cause that brings others about at its root, with the chain", async () => {
  const { cause, propagation } = await diagnoseHall({
    wrong: [
      { symptom: "unreachable", on: "mains/1", reason: "serves-none", word: "OOM" },
      { symptom: "slow", on: "lamp/1" },
      { symptom: "wrong-result", on: "mains/1", entity: "hall/1", reason: "too-much" },
    ],
    now: { "mains/1": { configHash: "small" } },
    before: { "mains/1": { configHash: "large" } },
    brokenFrom: ["lamp/1", "lamp/2"],
  });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "resource-exhaustion", verdict: "confirmed" });
  expect(propagation.map(({ from, to, how }) => `${from} > ${to}: ${how}`)).toEqual([
    expect.stringContaining("mains/1 > mains/1: mains/1 changed its configuration from large to small"),
    "mains/1 > lamp/2: lamp/2 has lost mains/1",
    "mains/1 > lamp/1: lamp/1 has lost mains/1: slow of lamp/1 (seen)",
    "lamp/1 > mains/1: wrong-result of mains/1 (too-much)",
    "lamp/2 > mains/1: wrong-result of mains/1 (too-much)",
  ]);
});
