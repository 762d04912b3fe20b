import { expect, test } from "bun:test";
import { renderStanding } from "../../../src/render/records/standing.ts";

const NOW_MS = 100_000;
const NOTHING = { ladder: { rung: "observe" }, incidents: [], waiting: [] } as const;
const INCIDENT = { instance: 1, state: "open", title: "Dark", beganAtMs: 40_000, openedAtMs: 0 } as const;

test.each([
  [{}, "never watched; watch with: operator watch"],
  [{ lookedAtMs: 40_000 }, "not watched, last look 1m ago; no incident is open"],
  [{ watcher: "monitor/a", lookedAtMs: 99_000 }, "watched by monitor/a, last look 1s ago; no incident is open"],
  [{ watcher: "monitor/a" }, "watched by monitor/a, no look yet"],
])("renderStanding() of %j says that no incident is open only where somebody has looked", (about, words) => {
  expect(renderStanding({ ...NOTHING, ...about }, NOW_MS)).toEqual([
    "actions at observe: nothing runs by itself",
    words,
  ]);
});

test("renderStanding() counts the incidents that it does not show, and says why it knows nothing", () => {
  const incidents = Array.from({ length: 7 }, (_, id) => ({ incident: { ...INCIDENT, id }, tickets: [], actions: [] }));

  const lines = renderStanding({ ...NOTHING, lookedAtMs: NOW_MS, incidents }, NOW_MS);

  expect(lines.slice(1, 3)).toEqual(["not watched, last look 0s ago", "incident 0 open for 1m: Dark"]);
  expect(lines.at(-1)).toBe("and 2 more: operator incidents list");
  expect(renderStanding({ failed: "It is locked" }, NOW_MS)).toEqual(["state unknown: It is locked"]);
});
