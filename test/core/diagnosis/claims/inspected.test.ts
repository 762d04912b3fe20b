import { expect, test } from "bun:test";
import { type Evidence, evaluateClaim, isPersistent, wordsOf } from "../../../../src/core/diagnosis/claims/mod.ts";
import type { Inspected } from "../../../../src/core/subject/inspection.ts";

const CONFIG: Inspected = {
  id: "config",
  component: "lamp/1",
  atMs: 50,
  value: { power: { watts: 60 }, mode: "dim" },
  difference: {
    sinceMs: 10,
    changes: [
      { path: "power.watts", was: 40, is: 60 },
      { path: "calls", by: 7 },
    ],
  },
};
const CLAIM = { kind: "inspected", component: "lamp/1", inspection: "config" } as const;

test.each([
  [{ path: "power.watts", comparison: "is", value: 60 }, "true", "config of lamp/1 power.watts is 60"],
  [{ path: "power.watts", comparison: "above", value: 100 }, "false", "config of lamp/1 power.watts is 60"],
  [{ path: "power.watts", comparison: "below", value: 100 }, "true", "config of lamp/1 power.watts is 60"],
  [{ path: "mode", comparison: "above", value: 1 }, "false", 'config of lamp/1 mode is "dim"'],
  [{ path: "mode", comparison: "is-not", value: "bright" }, "true", 'config of lamp/1 mode is "dim"'],
  [{ path: "colour", comparison: "is", value: "red" }, "unknown", "config of lamp/1 shows no colour"],
  [{ path: "power.watts", comparison: "changed" }, "true", "config of lamp/1 power.watts was 40, is 60"],
  [{ path: "calls", comparison: "changed" }, "true", "config of lamp/1 calls rose by 7"],
  [{ path: "mode", comparison: "changed" }, "false", "config of lamp/1 mode is what it was"],
] as const)("inspected finds of %j: %s", (claim, outcome, figure) => {
  expect(evaluateClaim({ ...CLAIM, ...claim }, showing(CONFIG))).toEqual({ outcome, figure });
});

test("inspected reads the whole value where the path is empty", () => {
  const claim = { ...CLAIM, path: "", comparison: "is", value: "out of oil" } as const;

  expect(evaluateClaim(claim, showing({ ...CONFIG, value: "out of oil" }))).toEqual({
    outcome: "true",
    figure: 'config of lamp/1 is "out of oil"',
  });
});

test("inspected goes by the newest reading", () => {
  const claim = { ...CLAIM, path: "mode", comparison: "is", value: "off" } as const;

  expect(evaluateClaim(claim, showing(CONFIG, { ...CONFIG, atMs: 60, value: { mode: "off" } })).outcome).toBe("true");
});

test.each([
  [[], "config of lamp/1 was not read"],
  [[{ id: "config", component: "lamp/1", atMs: 1, failed: "refused" }], "config of lamp/1 could not be read: refused"],
  [
    [{ id: "config", component: "lamp/1", atMs: 1, value: {} }],
    "config of lamp/1 was not read at the last healthy look",
  ],
] as const)("inspected is unknown of %j", (readings, figure) => {
  expect(evaluateClaim({ ...CLAIM, path: "mode", comparison: "changed" }, showing(...readings))).toEqual({
    outcome: "unknown",
    figure,
  });
});

test("inspected is of one moment and never lasts", () => {
  const claim = { ...CLAIM, path: "power.watts", comparison: "above", value: 50 } as const;

  expect(isPersistent(claim)).toBe(false);
  expect(wordsOf(claim)).toBe("config of lamp/1: power.watts above 50");
  expect(wordsOf({ ...CLAIM, path: "mode", comparison: "changed" })).toBe("config of lamp/1: mode changed");
});

function showing(...inspected: readonly Inspected[]): Evidence {
  return {
    now: { picture: { atMs: 100, components: [], links: [], series: [] }, judgements: [] },
    timeline: [],
    series: [],
    inspected,
  };
}
