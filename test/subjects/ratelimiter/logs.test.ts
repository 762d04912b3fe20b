import { expect, test } from "bun:test";
import { parseLog } from "../../../src/subjects/ratelimiter/logs.ts";

test("parseLog() reads a node's line with its fields", () => {
  const line =
    "2026-11-21T11:32:00.239Z [warn] [serve-limiter] Lost shared settings { reason: 'Connection, closed', node: 1 }";

  expect(parseLog(line, "node/1")).toEqual({
    atMs: Date.parse("2026-11-21T11:32:00.239Z"),
    component: "node/1",
    level: "warn",
    message: "Lost shared settings",
    fields: { reason: "Connection, closed", node: "1" },
  });
});

test("parseLog() reads a line of Redis", () => {
  const event = parseLog("17133:M 21 Nov 2026 11:32:00.239 * Ready to accept connections", "redis/main");

  expect(event).toMatchObject({ level: "info", message: "Ready to accept connections", fields: {} });
  expect(new Date(event?.atMs ?? 0).toISOString()).toContain(":32:00.239Z");
});

test.each([
  "",
  "    at answer (src/limiter/app.ts:12:3)",
  "17133:signal-handler (1795260723) Received SIGTERM",
  "99:M soon * x",
])("parseLog() takes %j for a part of the line before", (line) => {
  expect(parseLog(line, "node/1")).toBeUndefined();
});
