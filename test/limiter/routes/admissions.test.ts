import { expect, test } from "bun:test";
import { makeNode } from "../test-node.ts";

test("GET /api/admissions shows buckets of the keys named and of the heaviest, and who was denied most", async () => {
  const { node, send } = makeNode();
  for (const key of ["a", "b", "c"]) await send("POST", "/check", { body: { key } });
  for (const key of ["x", "y", "z", "y"]) node.denied.note(key);

  const { body } = await send("GET", "/api/admissions?limit=1&key=c&key=never");

  const series = {
    algorithm: "sliding-window",
    limit: 3,
    window_ms: 60_000,
    epoch_us: 0,
    bucket_us: 1000,
    buckets: [[7, 1]],
  };
  expect(body).toEqual({
    node: 2,
    redis_time_us: 7000,
    truncated: true,
    forgotten: false,
    checks: 3,
    denied: [["y", 2]],
    series: [
      { key: "a", ...series },
      { key: "c", ...series },
    ],
  });
});

test("GET /api/admissions tells which keys were denied most, blocked ones included", async () => {
  const { send } = makeNode({ limit: 1 });
  await send("PUT", "/api/blocks/b");
  for (const key of ["a", "a", "a", "b", "c"]) await send("POST", "/check", { body: { key } });

  expect((await send("GET", "/api/admissions?limit=2")).body).toMatchObject({
    checks: 5,
    denied: [
      ["a", 2],
      ["b", 1],
    ],
  });
});
