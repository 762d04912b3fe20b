import { expect, test } from "bun:test";
import { probe } from "../../../src/core/subject/probe.ts";
import { ProbeError } from "../../../src/core/text/errors.ts";

test("probe() turns a failure into data", async () => {
  const cause = new Error("Connection refused");

  expect(await probe(async () => 1)).toEqual({ value: 1 });
  expect(await probe(() => Promise.reject(new Error("Cannot read x", { cause })))).toEqual({
    failed: "Cannot read x: Connection refused",
    outcome: "failed",
  });
  expect(await probe(() => Promise.reject(new ProbeError("Silence", { outcome: "timed-out" })))).toEqual({
    failed: "Silence",
    outcome: "timed-out",
  });
});

test("probe() keeps what was seen on the wire, without secrets", async () => {
  const firstBytes = new TextEncoder().encode("<html>\u001B[31m token=hunter2hunter2</html>");
  const transcript = { sentAtMs: 1, endedMs: 5, status: 502, bodyBytes: 900, firstBytes };

  const read = await probe(() => Promise.reject(new ProbeError("Foreign", { transcript })));

  expect(read).toMatchObject({ wire: { status: 502, bodyBytes: 900 } });
  expect(JSON.stringify(read)).toContain("<html>");
  expect(JSON.stringify(read)).not.toContain("hunter2");
});
