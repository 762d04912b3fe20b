import { expect, test } from "bun:test";
import { diagnoseHall } from "../halls.ts";

test("rules names a hang of a store that answers who looks at it, and none of those who need it", async () => {
  const { cause } = await diagnoseHall({
    wrong: [{ symptom: "unreachable", on: "mains/1", reason: "serves-none" }],
    brokenFrom: ["lamp/1", "lamp/2", "lamp/3"],
    figures: [{ of: "mains/1", signal: "latency", unit: "1", was: 0, is: 9 }],
  });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "hang", verdict: "confirmed" });
});

test("rules does not name a hang of what says itself why it serves nobody", async () => {
  const { cause } = await diagnoseHall({
    wrong: [{ symptom: "unreachable", on: "mains/1", reason: "serves-none", word: "OOM" }],
    brokenFrom: ["lamp/1", "lamp/2", "lamp/3"],
    figures: [{ of: "mains/1", signal: "latency", unit: "1", was: 0, is: 9 }],
  });

  expect([cause?.mechanism, cause?.component]).not.toEqual(["hang", "mains/1"]);
});

test.each([
  { word: "silent", of: ["hang", "confirmed"] },
  { word: "NOAUTH", of: ["refused-access", "confirmed"] },
])(
  "rules believe those who need it, who were told $word, rather than a counter of refusals that anybody may have met",
  async ({ word, of: [mechanism, verdict] }) => {
    const changes = [{ path: "errors.NOAUTH.count", was: 2, is: 5, by: 3 }];
    const info = {
      id: "info",
      component: "mains/1" as const,
      atMs: 110_000,
      value: {},
      difference: { sinceMs: 99_000, changes },
    };

    const { cause } = await diagnoseHall({
      wrong: [{ symptom: "unreachable", on: "mains/1", reason: "serves-none", word }],
      brokenFrom: ["lamp/1", "lamp/2", "lamp/3"],
      figures: [{ of: "mains/1", signal: "latency", unit: "1", was: 0, is: 9 }],
      inspected: [info],
    });

    expect(cause).toMatchObject({ component: "mains/1", mechanism, verdict });
  },
);

test("rules does not name a hang of what serves some of those who need it", async () => {
  const { cause } = await diagnoseHall({
    wrong: [{ symptom: "unreachable", on: "mains/1", reason: "serves-few" }],
    brokenFrom: ["lamp/1", "lamp/2"],
    figures: [{ of: "mains/1", signal: "latency", unit: "1", was: 0, is: 9 }],
  });

  expect([cause?.mechanism, cause?.component]).not.toEqual(["hang", "mains/1"]);
});
