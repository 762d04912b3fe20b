import { expect, test } from "bun:test";
import { diagnose } from "../lamps.ts";

const MAINS = "mains/1";

test("rules suspects something else at an address where what answers does not answer as the component would", async () => {
  const { cause } = await diagnose({
    components: { [MAINS]: ["down", "foreign-answer"] },
    tickets: [MAINS],
    reason: "foreign-answer",
  });

  expect(cause).toMatchObject({ component: MAINS, mechanism: "wrong-identity", verdict: "likely" });
  expect(cause?.summary).toBe("What answers at the address of mains/1 does not answer as mains/1 would");
});

test("rules is sure of another process where that is told", async () => {
  const { cause } = await diagnose({
    components: { [MAINS]: ["down", "wrong-identity"] },
    tickets: [MAINS],
    reason: "wrong-identity",
  });

  expect(cause).toMatchObject({ component: MAINS, mechanism: "wrong-identity", verdict: "confirmed" });
});
