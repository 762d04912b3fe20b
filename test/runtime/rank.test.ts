import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidInputError } from "../../src/core/text/errors.ts";
import { type RankRequest, rankFile } from "../../src/runtime/rank.ts";

const WINDOW_MS = 600_000;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "operator-rank-"));
  const rows = Array.from({ length: 100 }, (_, row) => {
    const noise = 1 + (row % 7) / 100;
    return [row, noise * (row < 90 ? 1 : 9), noise * (row < 90 ? 1 : 8), noise].join(",");
  });
  fileOf("table.csv", ["time,front_latency,back_latency,side_cpu", ...rows].join("\n"));
  fileOf("edges.csv", "caller,callee\nfront,back\n");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("rankFile() ranks a table, with the calls of another file", () => {
  const alone = rankFile(requestOf({ onsetMs: 90_000 }));
  const withCalls = rankFile(requestOf({ onsetMs: 90_000, edges: fileOf("e.json", '[["front","back"]]') }));

  expect([alone, withCalls].map(({ components: [first] }) => first?.component)).toEqual(["front", "back"]);
});

test("rankFile() finds the onset by itself, or before a moment", () => {
  const found = rankFile(requestOf({}));
  const before = rankFile(requestOf({ onsetMs: 97_000, searchMs: 20_000 }));

  expect([found.onsetMs, before.onsetMs]).toEqual([90_000, 90_000]);
});

test("rankFile() counts half what is outside, by its name or as it is told", () => {
  const named = rankFile(requestOf({ onsetMs: 90_000, outside: ["fr*t"] }));

  expect(named.components[0]?.component).toBe("back");
});

test.each<[string, () => Partial<RankRequest>, string]>([
  ["a file that is not there", () => ({ file: join(folder, "none") }), "no such file"],
  ["a folder", () => ({ file: folder }), "it is not a file"],
  ["bytes that are no text", () => ({ file: fileOf("binary", "a\0b") }), "it is not text, expected CSV or JSON"],
  [
    "a moment outside of the table",
    () => ({ onsetMs: 100_000 }),
    "Cannot rank at 1970-01-01T00:01:40.000Z: the table reaches from 1970-01-01T00:00:00.000Z to 1970-01-01T00:01:39.000Z",
  ],
  [
    "a moment at its beginning",
    () => ({ onsetMs: 1000 }),
    "Cannot rank: the table has 1 row before 1970-01-01T00:00:01.000Z, expected at least 2",
  ],
  [
    "a search that begins before it",
    () => ({ onsetMs: 90_000, searchMs: 100_000 }),
    "Cannot rank: the table has 0 rows before 1969-12-31T23:59:50.000Z, expected at least 2",
  ],
  [
    "a table of one row",
    () => ({ file: fileOf("short.csv", "time,a_cpu\n1,1\n") }),
    "Cannot rank: the table has 1 row, expected at least 3",
  ],
  [
    "a table without values",
    () => ({ file: fileOf("void.csv", "time,a_cpu\n1,\n2,NaN\n3,\n4,\n") }),
    "Cannot rank: no series has a value",
  ],
  [
    "a table in which nothing changes",
    () => ({ file: fileOf("still.csv", "time,a_cpu\n1,5\n2,5\n3,5\n4,5\n") }),
    "Cannot rank: no series changed after 1970-01-01T00:00:03.000Z. Give the time at which the trouble began with --at",
  ],
  [
    "edges between others",
    () => ({ edges: fileOf("others.csv", "caller,callee\nFront,Back\n") }),
    'Cannot use edges: the table has no component Front, Back, expected names such as "front"',
  ],
  [
    "a symptom that is not in it",
    () => ({ symptom: { component: "frnt" } }),
    'Cannot find component "frnt" in the table, did you mean "front"',
  ],
  ["edges that cannot be read", () => ({ edges: fileOf("bad.csv", "caller\na\n") }), "Cannot read edges"],
])("rankFile() refuses %s", (_, request, message) => {
  expect(() => rankFile(requestOf(request()))).toThrow(InvalidInputError);
  expect(() => rankFile(requestOf(request()))).toThrow(message);
});

test("rankFile() refuses a huge file before it reads it", () => {
  const file = fileOf("huge.csv", "");
  truncateSync(file, 300_000_000);

  expect(() => rankFile(requestOf({ file }))).toThrow("it has 300 MB, expected at most 100 MB");
});

function requestOf(request: Partial<RankRequest>): RankRequest {
  return { file: join(folder, "table.csv"), windowMs: WINDOW_MS, ...request };
}

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
