import { expect, test } from "bun:test";
import { diagnoseHall, type Figure } from "../halls.ts";

test("rules names a store that is emptied again and again, of which nothing but the whole suffers", async () => {
  const { cause } = await diagnoseHall({
    wrong: [{ symptom: "wrong-result", on: "cluster/hall", entity: "hall/1" }],
    figures: [
      {
        of: "mains/1",
        signal: "node",
        unit: "1",
        was: 1000,
        is: 1000,
        pattern: (index) => (index % 3 === 0 ? 5 : 1000),
      },
      { of: "mains/1", signal: "error", unit: "1", was: 0, is: 3, name: "flushes_total", kind: "counter" },
    ],
  });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "state-loss", verdict: "confirmed" });
});

test("rules names a store that counts evictions which it never had", async () => {
  const { cause } = await diagnoseHall({
    wrong: [{ symptom: "wrong-result", on: "mains/1", entity: "hall/1" }],
    figures: [{ of: "mains/1", signal: "error", unit: "1", was: 0, is: 3, name: "evicted_total", kind: "counter" }],
  });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "resource-exhaustion", verdict: "confirmed" });
});

test("rules takes nothing for lost that has expired while nobody could write it", async () => {
  const held = { of: "mains/1", signal: "node", unit: "1", was: 1000, is: 5 } as const;
  const wrong = [{ symptom: "wrong-result", on: "mains/1", entity: "hall/1" }] as const;

  const lost = await diagnoseHall({ wrong, figures: [held] });
  const expired = await diagnoseHall({ wrong, figures: [held], brokenFrom: ["lamp/1", "lamp/2", "lamp/3"] });

  expect(lost.cause).toMatchObject({ component: "mains/1", mechanism: "state-loss" });
  expect(expired.cause?.mechanism).not.toBe("state-loss");
});

test("rules names a store that is emptied soon after somebody began to watch it", async () => {
  const { cause } = await diagnoseHall({
    wrong: [{ symptom: "wrong-result", on: "mains/1", entity: "hall/1" }],
    figures: [{ of: "mains/1", signal: "error", unit: "1", was: 0, is: 3, name: "flushes_total", kind: "counter" }],
    healthyReadings: 25,
  });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "state-loss" });
});

test("rules is sure that a store has lost entries only where it is counted that their time was not over", async () => {
  const wrong = [{ symptom: "wrong-result", on: "mains/1", entity: "hall/1" }] as const;
  const fewer = { of: "mains/1", signal: "node", unit: "1", was: 1000, is: 5 } as const;
  const counter = { of: "mains/1", signal: "error", unit: "1", was: 0, name: "lost_total", kind: "counter" } as const;
  const verdictWith = async (...counted: readonly Figure[]) => {
    const { cause } = await diagnoseHall({ wrong, figures: [fewer, ...counted] });
    return cause?.mechanism === "state-loss" ? cause.verdict : undefined;
  };

  expect(await verdictWith({ ...counter, is: 900 })).toBe("confirmed");
  expect(await verdictWith({ ...counter, is: 0 })).toBeUndefined();
  expect(await verdictWith()).toBe("likely");
});
