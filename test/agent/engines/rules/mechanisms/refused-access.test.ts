import { expect, test } from "bun:test";
import { diagnoseHall } from "../halls.ts";

const LAMPS = ["lamp/1", "lamp/2", "lamp/3"] as const;
const denied = { symptom: "unreachable", on: "mains/1", reason: "serves-nobody", word: "NOPERM" } as const;

test("rules names refused access where what lets an observer in denies those who need it a right", async () => {
  const { cause, options } = await diagnoseHall({
    wrong: [denied, ...LAMPS.map((entity) => ({ ...denied, entity }))],
    brokenFrom: LAMPS,
    figures: [{ of: "mains/1", signal: "node", unit: "1", was: 1000, is: 5 }],
  });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "refused-access", verdict: "confirmed" });
  expect(options.filter(({ verdict }) => verdict === "confirmed")).toEqual([]);
});

test("rules names no refused access for another word of the same component", async () => {
  const { cause, options } = await diagnoseHall({ wrong: [{ ...denied, word: "READONLY" }], brokenFrom: LAMPS });

  expect([cause, ...options].some((one) => one?.mechanism === "refused-access")).toBe(false);
});
