import { expect, test } from "bun:test";
import { type Evidence, evaluateClaim, isPersistent, wordsOf } from "../../../../src/core/diagnosis/claims/mod.ts";

const HOT = { kind: "logged", component: "lamp/1", contains: "too hot", sinceMs: 20, count: 2 } as const;

test("logged counts lines that contain a text in any case, and shows the newest", () => {
  expect(evaluateClaim(HOT, wrote([10, "Started"], [20, "Too hot: 80"], [30, "TOO HOT: 90"]))).toEqual({
    outcome: "true",
    figure:
      'lamp/1 wrote "too hot" 2 times since 1970-01-01T00:00:00.020Z, the newest at 1970-01-01T00:00:00.030Z: TOO HOT: 90',
  });
});

test("logged is false only of a log that goes back far enough", () => {
  const before = wrote([10, "Too hot"], [30, "Too hot"]);
  const later = wrote([25, "Started"], [30, "Too hot"]);

  expect(evaluateClaim(HOT, before)).toMatchObject({ outcome: "false" });
  expect(evaluateClaim(HOT, later)).toMatchObject({ outcome: "unknown" });
  expect(evaluateClaim({ ...HOT, component: "lamp/2" }, before).outcome).toBe("unknown");
});

test("logged is history and never lasts", () => {
  expect(isPersistent(HOT)).toBe(false);
  expect(wordsOf(HOT)).toBe('lamp/1 wrote "too hot" at least 2 times');
});

function wrote(...lines: readonly (readonly [atMs: number, message: string])[]): Evidence {
  const events = lines.map(([atMs, message]) => {
    return { atMs, component: "lamp/1", level: "info", message, fields: {} } as const;
  });
  return {
    now: { picture: { atMs: 100, components: [], links: [], series: [] }, judgements: [] },
    timeline: [],
    series: [],
    logs: [{ component: "lamp/1", events }],
  };
}
