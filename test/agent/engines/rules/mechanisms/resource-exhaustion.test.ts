import { expect, test } from "bun:test";
import { diagnoseHall } from "../halls.ts";

test("rules is sure of what refuses for want of memory, also where its settings had changed while all was well", async () => {
  const settings = { "mains/1": { configHash: "small" } };

  const { cause } = await diagnoseHall({
    wrong: [{ symptom: "unreachable", on: "mains/1", reason: "serves-none", word: "OOM" }],
    now: settings,
    before: settings,
    reconfiguredEarlier: ["mains/1"],
    figures: [{ of: "mains/1", signal: "memory", unit: "bytes", was: 1e6, is: 9e6 }],
  });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "resource-exhaustion", verdict: "confirmed" });
  expect(cause?.claims.map(({ figure }) => figure).join("\n")).not.toContain("configHash");
});
