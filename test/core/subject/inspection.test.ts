import { describe, expect, test } from "bun:test";
import {
  type BoundInspection,
  bindInspection,
  differenceOf,
  type Inspection,
  inspect,
} from "../../../src/core/subject/inspection.ts";

const HOW = { atMs: 5, signal: new AbortController().signal };

const CONFIG: Inspection<{ readonly limit: number }> = {
  id: "config",
  description: "Settings.",
  cost: "cheap",
  timeoutMs: 50,
  appliesTo: () => true,
  read: async ({ limit }) => ({ limit }),
};

describe("inspect()", () => {
  test("answers what was read, dated and without secrets", async () => {
    const bound = reading(async () => ({ limit: 10, requirepass: "hunter2" }));

    expect(await inspect(bound, "node/1", HOW)).toEqual({
      id: "config",
      component: "node/1",
      atMs: 5,
      value: { limit: 10, requirepass: "[redacted]" },
    });
  });

  test("closes over the reader", async () => {
    expect(await inspect(bindInspection(CONFIG, { limit: 3 }), "node/1", HOW)).toMatchObject({ value: { limit: 3 } });
  });

  test("tells a failure and a silence instead of throwing", async () => {
    const refused = reading(() => Promise.reject(new Error("NOAUTH Authentication required")));
    const silent = reading(() => new Promise(() => {}));

    expect(await inspect(refused, "node/1", HOW)).toMatchObject({ failed: "NOAUTH Authentication required" });
    expect(await inspect(silent, "node/1", HOW)).toMatchObject({ failed: "No answer in time" });
  });

  test("cuts what is too large, and says so", async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => ({ index, text: "x".repeat(100) }));

    const long = await inspect(
      reading(async () => "y".repeat(10_000)),
      "node/1",
      HOW,
    );
    const many = await inspect(
      reading(async () => rows),
      "node/1",
      HOW,
    );
    const named = await inspect(
      reading(async () => Object.fromEntries(rows.entries())),
      "node/1",
      HOW,
    );

    expect(long.isCut).toBe(true);
    for (const { value, isCut } of [long, many, named]) {
      expect(isCut).toBe(true);
      expect(JSON.stringify(value).length).toBeLessThanOrEqual(16_384 + 2);
    }
    expect(many.value).toMatchObject({ 0: { index: 0 } });
  });
});

describe("differenceOf()", () => {
  const shown = (atMs: number, value: object) => {
    return { id: "config", component: "node/1", atMs, value: JSON.parse(JSON.stringify(value)) } as const;
  };

  test("names every leaf that is other now, is new, or is gone", () => {
    const was = shown(1, { limit: 10, save: "", nested: { a: 1, gone: true } });
    const is = shown(2, { limit: 300, save: "", nested: { a: 1, fresh: [1] } });

    expect(differenceOf(was, is, "changes")).toEqual({
      sinceMs: 1,
      changes: [
        { path: "limit", was: 10, is: 300 },
        { path: "nested.gone", was: true },
        { path: "nested.fresh.0", is: 1 },
      ],
    });
  });

  test("says by how much counters grew, and takes one that began anew at what it counts", () => {
    const was = shown(1, { get: { calls: 10, usec: 0.1 }, set: { calls: 7 }, idle: { calls: 3 } });
    const is = shown(2, { get: { calls: 15, usec: 0.3 }, set: { calls: 2 }, idle: { calls: 3 }, eval: { calls: 4 } });

    expect(differenceOf(was, is, "increases")?.changes).toEqual([
      { path: "eval.calls", by: 4 },
      { path: "get.calls", by: 5 },
      { path: "get.usec", by: 0.2 },
      { path: "set.calls", by: 2 },
    ]);
  });

  test("tells counters first that grew the most times, and nothing of what fell to 0", () => {
    const was = shown(1, { clock: 1_700_000_000, uptime: 3600, buffer: 20_480, errors: { OOM: 0 }, calls: 100 });
    const is = shown(2, { clock: 1_700_000_034, uptime: 3634, buffer: 0, errors: { OOM: 7 }, calls: 900 });

    expect(differenceOf(was, is, "increases")?.changes).toEqual([
      { path: "calls", by: 800 },
      { path: "errors.OOM", by: 7 },
      { path: "uptime", by: 34 },
      { path: "clock", by: 34 },
    ]);
  });

  test("says nothing where either reading failed", () => {
    expect(
      differenceOf(shown(1, {}), { id: "config", component: "node/1", atMs: 2, failed: "x" }, "changes"),
    ).toBeUndefined();
  });
});

function reading(read: BoundInspection["read"]): BoundInspection {
  return { ...CONFIG, read };
}
