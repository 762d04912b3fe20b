import { expect, test } from "bun:test";
import { renderLadder } from "../../../src/render/records/ladder.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");

test("renderLadder() says what runs, and that nothing does while everything is halted", () => {
  expect(renderLadder({ rung: "auto", upTo: "reversible" })).toContain("up to reversible actions run by themselves");
  expect(renderLadder({ rung: "observe" })).toBe("at observe: nothing runs by itself");
  expect(renderLadder({ rung: "approve" })).toBe("at approve: each action waits for a person");
  expect(renderLadder({ rung: "approve" }, { atMs: NOW_MS, actor: "person/ada", reason: "Stop" })).toContain(
    "halted by person/ada",
  );
});
