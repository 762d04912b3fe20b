import { expect, test } from "bun:test";
import { type Frame, plotLines, timeAxis, verdictStrip } from "../../src/render/plot.ts";

const FROM_MS = Date.parse("2026-01-02T03:04:00Z");
const FRAME: Frame = { fromMs: FROM_MS, toMs: FROM_MS + 40_000, cells: 20 };
const format = (value: number): string => `${value}ms`;

function pointsOf(values: readonly (number | undefined)[]): readonly { atMs: number; value: number }[] {
  return values.flatMap((value, index) => (value === undefined ? [] : [{ atMs: FROM_MS + index * 1000, value }]));
}

test("plotLines() draws a rise over a scale that begins at 0, with the threshold marked where no line is", () => {
  const points = pointsOf([...Array.from({ length: 20 }, () => 10), ...Array.from({ length: 20 }, () => 100)]);

  expect(plotLines({ points, limit: 50, format }, FRAME, { rows: 4, gutter: 6 })).toEqual([
    " 100ms           ⡏⠉⠉⠉⠉⠉⠉⠉⠉⠉",
    "                 ⡇",
    "  50ms ┄┄┄┄┄┄┄┄┄┄⡇┄┄┄┄┄┄┄┄┄",
    "   0ms ⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠇",
  ]);
});

test("plotLines() breaks its line where samples did not come, and goes on over one or two", () => {
  const gap = Array.from({ length: 14 }, () => undefined);
  const points = pointsOf([5, 5, undefined, 5, 5, ...gap, 5, 5]);

  const [line = ""] = plotLines(
    { points, format },
    { ...FRAME, toMs: FROM_MS + 20_000, cells: 10 },
    { rows: 1, gutter: 3 },
  );

  expect(line.slice(4)).toMatch(/^[^ ]{2,3} +[^ ]{1,2}$/);
});

test("plotLines() gives a series that never comes near 0 a scale of its own, and one that stands still a line", () => {
  const memory = plotLines({ points: pointsOf([90, 95, 100]), format }, FRAME, { rows: 2, gutter: 6 });
  const still = plotLines({ points: pointsOf([0, 0, 0]), format }, FRAME, { rows: 2, gutter: 6 });

  expect(memory.map((line) => line.slice(0, 6).trim())).toEqual(["100ms", "90ms"]);
  expect(still.at(-1)?.slice(0, 6).trim()).toBe("0ms");
});

test("verdictStrip() shows a violation however short, and where nothing is known", () => {
  const changes = [
    { atMs: FROM_MS + 4000, verdict: "holds" },
    { atMs: FROM_MS + 10_100, verdict: "violated" },
    { atMs: FROM_MS + 10_200, verdict: "holds" },
    { atMs: FROM_MS + 30_000, verdict: "unknown" },
  ] as const;

  expect(verdictStrip(changes, FRAME)).toBe("·▁▁▁▁█▁▁▁▁▁▁▁▁······");
});

test("timeAxis() tells the beginning, the moment and the end, as far as there is room", () => {
  const moment = { atMs: FROM_MS + 20_000, word: "began" };

  expect(timeAxis({ ...FRAME, cells: 60 }, moment)).toBe(
    "03:04:00                      ▲03:04:20 began       03:04:40",
  );
  expect(timeAxis(FRAME, moment)).toBe("03:04:00  ▲03:04:20 began");
  expect(timeAxis({ ...FRAME, cells: 40 }, { ...moment, atMs: FROM_MS })).toBe(
    "▲03:04:00 began                 03:04:40",
  );
});
