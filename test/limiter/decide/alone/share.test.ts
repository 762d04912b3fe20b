import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { shareOf } from "../../../../src/limiter/decide/alone/share.ts";

const clusters = fc.record({
  key: fc.string(),
  limit: fc.integer({ min: 1, max: 1_000_000 }),
  nodes: fc.integer({ min: 1, max: 50 }),
  overlap: fc.integer({ min: 1, max: 60 }),
});

function sharesOf({ key, limit, nodes, overlap }: { key: string; limit: number; nodes: number; overlap?: number }) {
  return Array.from({ length: nodes }, (_, position) => shareOf({ key, limit }, { nodes, position }, overlap));
}

test("shareOf() gives all nodes together exactly the limit, and no node a unit more than another", () => {
  fc.assert(
    fc.property(clusters, ({ key, limit, nodes }) => {
      const shares = sharesOf({ key, limit, nodes });

      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(limit);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }),
  );
});

test("shareOf() gives each node its part as often as nodes may overlap, and never above the limit", () => {
  fc.assert(
    fc.property(clusters, ({ key, limit, nodes, overlap }) => {
      const parts = sharesOf({ key, limit, nodes });
      const times = Math.min(overlap, nodes);

      expect(sharesOf({ key, limit, nodes, overlap })).toEqual(parts.map((part) => Math.min(limit, part * times)));
    }),
  );
});

test("shareOf() gives the remainder to other nodes for other keys", () => {
  const holders = Array.from({ length: 300 }, (_, at) =>
    sharesOf({ key: `user:${at}`, limit: 1, nodes: 3 }).indexOf(1),
  );

  const keysPerNode = [0, 1, 2].map((node) => holders.filter((holder) => holder === node).length);

  expect(Math.min(...keysPerNode)).toBeGreaterThan(50);
});

test("shareOf() is the same for the same key on every node and in every version", () => {
  expect(sharesOf({ key: "user:7", limit: 10, nodes: 9 })).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 2]);
});
