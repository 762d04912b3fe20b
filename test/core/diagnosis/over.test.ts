import { expect, test } from "bun:test";
import { isCauseOver, overReason } from "../../../src/core/diagnosis/over.ts";

const OVER = { to: "diagnosed", reason: overReason({ component: "lamp/2", mechanism: "hang" }) } as const;
const ESCALATED = { to: "escalated", reason: "Violations remain after hang of lamp/2" } as const;

test("isCauseOver() reads the newest finding, whatever came of it", () => {
  const found = { to: "diagnosed", reason: "hang of lamp/2 (confirmed): lamp/2 runs but does not answer" } as const;

  const histories = [[], [found], [found, OVER, ESCALATED], [OVER, ESCALATED, found]];

  expect(histories.map(isCauseOver)).toEqual([false, false, true, false]);
});
