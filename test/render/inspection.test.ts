import { expect, test } from "bun:test";
import type { Inspected } from "../../src/core/subject/inspection.ts";
import { renderInspected, renderMore } from "../../src/render/inspection.ts";

const SHOWN: Inspected = {
  id: "config",
  component: "node/1",
  atMs: 5000,
  value: { limit: 300, sources: { limit: "all" } },
};
const SINCE = new Date(1000).toISOString();

test("renderInspected() shows every value under its path, what differs first", () => {
  const difference = {
    sinceMs: 1000,
    changes: [
      { path: "limit", was: 10, is: 300 },
      { path: "calls", by: 4 },
    ],
  };

  expect(renderInspected({ ...SHOWN, difference }, { whole: true })).toEqual([
    "node/1 config",
    `  Changed since the last healthy look at ${SINCE}:`,
    "    limit was 10, is 300",
    "    calls +4",
    "  limit          300",
    "  sources.limit  all",
  ]);
});

test("renderInspected() says that nothing differs, and why nothing could be read", () => {
  const same = { ...SHOWN, value: null, difference: { sinceMs: 1000, changes: [] } };
  const failed = { id: "config", component: "node/1", atMs: 5000, failed: "connection refused" } as const;

  expect(renderInspected(same, { whole: true })).toEqual([
    "node/1 config",
    `  Unchanged since the last healthy look at ${SINCE}`,
    "  null",
  ]);
  expect(renderInspected(failed, { whole: true })).toEqual(["node/1 config", "  Cannot read it: connection refused"]);
});

test("renderInspected() shows the beginning of what is long beside others, and how to see the rest", () => {
  const value = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`a${index}`, index]));

  const lines = renderInspected({ ...SHOWN, value }, { whole: false });

  expect(lines).toHaveLength(22);
  expect(lines.at(-1)).toBe("  and 10 more: operator inspect node/1 config");
});

test("renderMore() names the commands for the rest", () => {
  expect(renderMore("node/1", [{ id: "all", description: "Everything." }])).toEqual([
    "Also",
    "  operator inspect node/1 all  Everything.",
  ]);
});
