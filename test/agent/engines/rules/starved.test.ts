import { expect, test } from "bun:test";
import type { ComponentId } from "../../../../src/core/words/ids.ts";
import { diagnoseHall } from "./halls.ts";

/** How long a process had waited for a processor when all was well, 40 s ago, and now. */
function processOf(component: ComponentId, was: number, is: number) {
  const difference = { sinceMs: 69_000, changes: [{ path: "cpu_wait_seconds", was, is }] };
  return { id: "process", component, atMs: 109_000, value: { state: "running" }, difference } as const;
}

const WRONG = [{ symptom: "wrong-result", on: "mains/1" } as const];

test("rules asks whether what an incident touches gets enough processor time, where it waited for much of the time", async () => {
  const { cause, unknowns } = await diagnoseHall({
    wrong: WRONG,
    inspected: [processOf("mains/1", 3, 28.04)],
  });

  expect(cause).toBeUndefined();
  expect(unknowns[0]).toBe("Whether mains/1 gets enough processor time: it waited 25s of 40s for a processor");
});

test("rules asks nothing of a process that waited for a moment, or of what the incident does not touch", async () => {
  const { unknowns } = await diagnoseHall({
    wrong: WRONG,
    inspected: [processOf("mains/1", 3, 4), processOf("cellar/1", 0, 40)],
  });

  expect(unknowns.join("\n")).not.toContain("processor");
});
