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
