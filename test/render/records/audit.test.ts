import { expect, test } from "bun:test";
import type { AuditRow } from "../../../src/database/mod.ts";
import { renderAuditRow, renderAuditTable, renderHead } from "../../../src/render/records/audit.ts";

const HASH = "3fa9c1".padEnd(64, "0");
const ROW: AuditRow = {
  id: 17,
  atMs: Date.parse("2026-01-02T03:04:05Z"),
  actor: "person/ada",
  event: "halted",
  detail: { reason: "Stop" },
  previousHash: "0".repeat(64),
  hash: HASH,
};

test("renderAuditTable() names the instance of a row, or all, and survives a time that no calendar has", () => {
  const rows = [ROW, { ...ROW, id: 18, instance: 3, atMs: Number.MAX_VALUE }];

  const [, first = "", second = ""] = renderAuditTable(rows, ({ instance }) => `hall ${instance}`);

  expect(first).toMatch(/^17 +2026-01-02T03:04:05\.000Z +person\/ada +all +halted +\{"reason":"Stop"\}$/);
  expect(second).toMatch(/^18 +1\.79\S+ ms +person\/ada +hall 3 /);
});

test("renderAuditRow() shows everything that the hash is of", () => {
  expect(renderAuditRow(ROW, () => "")).toEqual([
    "Audit row 17: halted",
    "  time      2026-01-02T03:04:05.000Z",
    "  actor     person/ada",
    "  instance  all",
    `  hash      ${HASH}`,
    `  previous  ${"0".repeat(64)}`,
    "",
    "{",
    '  "reason": "Stop"',
    "}",
  ]);
});

test("renderHead() cuts the hash to what a person can copy", () => {
  expect(renderHead(ROW)).toBe("audit head 17:3fa9c10000000000");
});
