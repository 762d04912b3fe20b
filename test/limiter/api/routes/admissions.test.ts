import { expect, test } from "bun:test";
import { makeNode } from "../../test-node.ts";

test("GET /api/admissions shows buckets of the keys named and of the heaviest, and what was asked for lately", async () => {
  const { send } = makeNode();
  for (const key of ["a", "b", "c"]) await send("POST", "/check", { body: { key } });

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
    demand: { seconds: expect.any(Number), checks: 3, keys: [["a", 1]] },
    series: [
      { key: "a", ...series },
      { key: "c", ...series },
    ],
  });
});

test("GET /api/admissions counts checks whatever they cost and whatever is answered", async () => {
  const { send } = makeNode({ limit: 1 });
  await send("PUT", "/api/blocks/b");
  for (const key of ["a", "a", "a", "b", "b", "c"]) await send("POST", "/check", { body: { key, cost: 50 } });

  expect((await send("GET", "/api/admissions?limit=2")).body).toMatchObject({
    demand: {
      checks: 6,
      keys: [
        ["a", 3],
        ["b", 2],
      ],
    },
  });
});
