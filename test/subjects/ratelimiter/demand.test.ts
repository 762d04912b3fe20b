import { expect, test } from "bun:test";
import { type DemandLook, demandSince } from "../../../src/subjects/ratelimiter/demand.ts";
import type { Admissions } from "../../../src/subjects/ratelimiter/replies.ts";
import { NOW_MS, NOW_US, read, SILENT, series } from "./observations.ts";

function look(secondsAgo: number, ...pages: readonly Partial<Admissions>[]): DemandLook {
  const redisTimeUs = NOW_US - secondsAgo * 1_000_000;
  const nodes = pages.map((page, index) => ({
    component: `node/${index + 1}` as const,
    admissions: read({ redisTimeUs, forgotten: false, checks: 0, denied: [], series: [], ...page }),
  }));
  return { atMs: NOW_MS - secondsAgo * 1000, nodes };
}

test("demandSince() adds up what each node allowed and denied since the look before", () => {
  const before = look(5, { checks: 100, denied: [["ann", 40]] }, { checks: 10 });
  const now = look(
    0,
    { checks: 160, denied: [["ann", 70]], series: [series({ 10: 20, 200: 9 })] },
    { checks: 30, series: [series({ 20: 5 }), series({ 30: 15 }, { key: "ben" })] },
  );

  expect(demandSince(before, now)).toEqual({
    value: {
      seconds: 5,
      checks: 80,
      keyCount: 2,
      heaviest: [
        { key: "ann", allowed: 25, denied: 30 },
        { key: "ben", allowed: 15, denied: 0 },
      ],
    },
  });
});

test("demandSince() takes a key that was not listed for denied as often as the last that was", () => {
  const listed = Array.from({ length: 20 }, (_, index): [string, number] => [`key-${index}`, 100 - index]);
  const now = look(0, { checks: 50, denied: [["new", 90]] });

  const full = demandSince(look(5, { checks: 10, denied: listed }), now);
  const short = demandSince(look(5, { checks: 10, denied: listed.slice(0, 3) }), now);

  expect(full).toMatchObject({ value: { heaviest: [{ key: "new", denied: 9 }] } });
  expect(short).toMatchObject({ value: { heaviest: [{ key: "new", denied: 90 }] } });
});

test("demandSince() leaves out nodes that restarted or did not answer, and knows nothing without one", () => {
  const now = look(0, { checks: 5 }, { checks: 90 });
  const before = look(5, { checks: 70 }, { checks: 80 });
  const silent: DemandLook = { ...before, nodes: [{ component: "node/2", admissions: SILENT }] };

  expect(demandSince(before, now)).toMatchObject({ value: { checks: 10 } });
  expect(demandSince(silent, now)).toHaveProperty("failed");
  expect(demandSince(undefined, now)).toHaveProperty("failed");
});

test("demandSince() does not need a node to have known the time of Redis", () => {
  const before = look(5, { redisTimeUs: null });
  const now = look(0, { checks: 20, series: [series({ 10: 20 })] });

  expect(demandSince(before, now)).toMatchObject({ value: { heaviest: [{ key: "ann", allowed: 20 }] } });
});
