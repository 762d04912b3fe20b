import { expect, test } from "bun:test";
import type { Admissions } from "../../../../src/subjects/ratelimiter/client/replies.ts";
import { demandOf } from "../../../../src/subjects/ratelimiter/keys/demand.ts";
import { NO_DEMAND, NOW_US, read, SILENT, series } from "../observations.ts";

function page(demand: Admissions["demand"], logs: Admissions["series"] = []) {
  return read<Admissions>({ redisTimeUs: NOW_US, forgotten: false, demand, series: logs, unreadable: 0 });
}

test("demandOf() adds up what the nodes were asked per second", () => {
  const demand = demandOf([
    page({ seconds: 2, checks: 100, keys: [["ann", 60]] }),
    page({
      seconds: 4,
      checks: 40,
      keys: [
        ["ben", 30],
        ["ann", 10],
      ],
    }),
    SILENT,
  ]);

  expect(demand).toEqual({
    value: {
      perSecond: 60,
      keyCount: 2,
      heaviest: [
        { key: "ann", perSecond: 32.5 },
        { key: "ben", perSecond: 7.5 },
      ],
    },
  });
});

test("demandOf() counts checks, whatever each of them cost", () => {
  const costly = [series({ 1: 900 }, { key: "ann" })];

  const demand = demandOf([
    page(
      {
        seconds: 2,
        checks: 40,
        keys: [
          ["ben", 38],
          ["ann", 2],
        ],
      },
      costly,
    ),
  ]);

  expect(demand).toMatchObject({
    value: {
      heaviest: [
        { key: "ben", perSecond: 19 },
        { key: "ann", perSecond: 1 },
      ],
    },
  });
});

test("demandOf() takes keys that were allowed something before for keys that there are", () => {
  const demand = demandOf([page(NO_DEMAND, [series({ 90: 1 }, { key: "ann" })])]);

  expect(demand).toEqual({ value: { perSecond: 0, keyCount: 1, heaviest: [] } });
});

test("demandOf() knows nothing where no node answers", () => {
  expect(demandOf([SILENT, SILENT])).toHaveProperty("failed");
});
