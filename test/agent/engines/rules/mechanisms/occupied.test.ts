import { expect, test } from "bun:test";
import { diagnoseHall } from "../halls.ts";

const LAMPS = ["lamp/1", "lamp/2", "lamp/3"] as const;
const busy = { symptom: "unreachable", on: "mains/1", reason: "server-error", word: "BUSY" } as const;
const now = { "mains/1": { state: "down", probe: "server-error" } } as const;

test("rules names a hang of what says itself that it is busy with one thing", async () => {
  const { cause } = await diagnoseHall({
    wrong: [busy, ...LAMPS.map((entity) => ({ ...busy, entity, reason: "serves-nobody" }))],
    brokenFrom: LAMPS,
    now,
  });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "hang", verdict: "confirmed" });
  expect(cause?.summary).toContain("busy with one thing");
});

test("rules names no hang of what answers with another error, nor of what answers well", async () => {
  const error = await diagnoseHall({ wrong: [{ ...busy, word: "ERR" }], brokenFrom: LAMPS, now });
  const well = await diagnoseHall({ wrong: [busy], brokenFrom: ["lamp/1"] });

  for (const { cause } of [error, well]) expect(cause?.mechanism).not.toBe("hang");
});
