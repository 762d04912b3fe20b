import { expect, test } from "bun:test";
import { fileError } from "../../../src/database/sqlite/file-trouble.ts";
import { renderHalting } from "../../../src/render/records/halt.ts";
import type { HaltView } from "../../../src/runtime/views/halt.ts";

const FILE: HaltView["file"] = { path: "/home/ada/operator.db.halted" };
const ROW: HaltView["row"] = { cancelled: [4, 7], instances: [], head: { id: 17, hash: "3fa9c1".padEnd(64, "0") } };
const TARGET = { path: "/home/ada/operator.db", exists: true, titles: ["toy a"] };

test("renderHalting() says what was stopped, what was cancelled and how it is lifted", () => {
  expect(renderHalting({ file: FILE, row: ROW, ...TARGET })).toMatchObject({
    halted: true,
    lines: [
      {
        level: "info",
        text: "Halted: no action starts on toy a; cancelled 2 pending actions; every ladder is at observe; audit head 17:3fa9c10000000000",
      },
      { level: "info", text: "Lift the halt with: operator resume" },
    ],
    data: { halted: true, file: "/home/ada/operator.db.halted", database: TARGET.path, cancelled: [4, 7] },
  });
});

test("renderHalting() says where the halt is, where only one of its two places could be written", () => {
  const byFile = renderHalting({ file: FILE, row: failed("SQLITE_BUSY"), ...TARGET });
  const byRow = renderHalting({ file: failed("EACCES"), row: { ...ROW, cancelled: [4] }, ...TARGET, titles: [] });

  expect([byFile.halted, byRow.halted]).toEqual([true, true]);
  expect(textOf(byFile)).toContain('Halted by file only: "/home/ada/operator.db.halted"; no action starts. Cannot use');
  expect(textOf(byRow)).toContain("cancelled 1 pending action;");
  expect(textOf(byRow)).toContain(
    "The halt is in the database only: Cannot use it: the file or its folder is read-only",
  );
  expect(textOf(byRow)).toContain('No process has acted through "/home/ada/operator.db" so far');
});

test.each([
  ["SQLITE_BUSY", "No action starts as long as it is locked: an executor writes its intent into this database before"],
  ["ENOSPC", "No action starts as long as it cannot be written: an executor writes its intent into this database"],
  ["EROFS", "No action starts as long as it cannot be written"],
  ["EACCES", "An agent of another user may be able to write there and still act: run the command as that user or as"],
  ["ENOENT", 'The folder does not exist, so no process uses "/home/ada/operator.db"'],
])("renderHalting() says what follows from %s where neither was written", (code, consequence) => {
  const report = renderHalting({ file: failed(code), row: failed("SQLITE_CORRUPT"), ...TARGET });

  expect(report.halted).toBe(false);
  expect(report.lines[0]).toMatchObject({
    level: "error",
    text: expect.stringContaining("Not halted. Cannot use it:"),
  });
  expect(report.lines[1]?.text).toContain(consequence);
});

function failed(code: string): { readonly failed: unknown } {
  return { failed: fileError("Cannot use it", Object.assign(new Error("raw"), { code })) };
}

function textOf({ lines }: ReturnType<typeof renderHalting>): string {
  return lines.map(({ text }) => text).join("\n");
}
