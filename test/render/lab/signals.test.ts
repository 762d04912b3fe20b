import { expect, test } from "bun:test";
import { renderSignals } from "../../../src/render/lab/signals.ts";

test("renderSignals() shows what is there, there in part and missing, with every reason", () => {
  const rows = [
    { invariant: "lit", judged: 2, missing: [] },
    { invariant: "warm", judged: 1, missing: ["No thermometer", "No wall"] },
    { invariant: "dry", judged: 0, missing: ["nothing to judge was found"] },
  ];

  expect(renderSignals(rows)).toEqual([
    "INVARIANT  SIGNAL   JUDGED  MISSING",
    "lit        ✓        2",
    "warm       partly   1       No thermometer",
    "                            No wall",
    "dry        MISSING  0       nothing to judge was found",
  ]);
});

test("renderSignals() says once what several miss for the same reason", () => {
  const rows = ["lit", "warm", "dry"].map((invariant) => ({ invariant, judged: 0, missing: ["No mains"] }));

  expect(renderSignals(rows)).toEqual([
    "INVARIANT  SIGNAL   JUDGED  MISSING",
    "lit        MISSING  0       No mains",
    "warm       MISSING  0       as lit",
    "dry        MISSING  0       as lit",
  ]);
});
