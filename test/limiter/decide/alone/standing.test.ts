import { expect, test } from "bun:test";
import { Standing, type StandingOptions, WHOLE } from "../../../../src/limiter/decide/alone/standing.ts";
import { checkOf } from "../../checks.ts";

const HEARTBEAT_MS = 1000;
const CHECK = checkOf({ limit: 60, windowMs: 10_000 });

function standingOf(change: Partial<StandingOptions> = {}): Standing {
  return new Standing({ id: 2, list: [], heartbeatMs: HEARTBEAT_MS, overlap: 1, startedMs: 0, ...change });
}

/** Reads the same register with each of so many heartbeats. */
function beat(
  standing: Standing,
  ids: readonly number[],
  { from = 0, beats = 3, longestWindowMs = 10_000 } = {},
): void {
  for (let at = from; at < from + beats; at++) {
    standing.note({ ids, connectedMs: at * HEARTBEAT_MS, longestWindowMs });
  }
}

test("without a list a node takes no share before it has stood in the register for two heartbeats", () => {
  const standing = standingOf();
  const shares = [standing.shareOf(CHECK, 0)];
  for (let at = 0; at < 3; at++) {
    beat(standing, [1, 2, 3], { from: at, beats: 1 });
    shares.push(standing.shareOf(CHECK, 0));
  }
  standing.leave();

  expect([...shares, standing.shareOf(CHECK, 0)]).toEqual([
    "no-register",
    "no-register",
    "no-register",
    20,
    "no-register",
  ]);
});

test("the number of nodes is the larger of the list and of what the register has had lately", () => {
  const of = (list: readonly number[], seen: readonly number[]) => {
    const standing = standingOf({ list });
    beat(standing, seen);
    return standing.shareOf(CHECK, 0);
  };

  expect([of([1, 2, 3], [2]), of([1, 2, 3], [1, 2, 3, 4]), of([], [1, 2, 3, 4, 5, 6]), of([1, 2], [])]).toEqual([
    20, 15, 10, 30,
  ]);
});

test("knownNodes() is that number, once the node may know it", () => {
  const standing = standingOf();
  const before = standing.knownNodes();
  beat(standing, [1, 2, 3, 4]);

  expect([before, standing.knownNodes(), standingOf({ list: [1, 2] }).knownNodes()]).toEqual([undefined, 4, 2]);
});

test("a node that neither the list nor the register names counts besides", () => {
  expect(standingOf({ id: 9, list: [1, 2] }).shareOf(CHECK, 0)).toBe(20);
});

test("nodes that know the same numbers have a position each", () => {
  const list = [3, 5, 7, 11];
  const check = checkOf({ limit: 3 });

  const shares = list.map((id) => standingOf({ id, list }).shareOf(check, 0));

  expect(shares.map(Number).toSorted((a, b) => a - b)).toEqual([0, 1, 1, 1]);
});

test.each([
  ["the longest window in use", 10_000, 1000, 10],
  ["the window asked for", 1000, 10_000, 10],
  ["three heartbeats", 100, 100, 3],
])("a node that has gone counts for %s", (_name, longestWindowMs, windowMs, beats) => {
  const standing = standingOf();
  const check = checkOf({ limit: 60, windowMs });
  beat(standing, [1, 2], { longestWindowMs });

  beat(standing, [2], { from: 3, beats, longestWindowMs });
  const before = standing.shareOf(check, 0);
  beat(standing, [2], { from: 3 + beats, beats: 1, longestWindowMs });

  expect([before, standing.shareOf(check, 0)]).toEqual([30, 60]);
});

test("with a list, a node that started while Redis was away takes no share for one window", () => {
  const standing = standingOf({ list: [1, 2, 3], startedMs: 5000 });
  standing.startedAlone = true;

  const shares = [5000, 14_999, 15_000].map((nowMs) => standing.shareOf(CHECK, nowMs));

  expect(shares).toEqual(["just-started", "just-started", 20]);
  expect(standing.startsInMs(CHECK, 6000)).toBe(9000);
});

test("with a list, a node takes no share of keys whose primary has not answered it for one window after its start", () => {
  const standing = standingOf({ list: [1, 2, 3], startedMs: 5000 });

  const shares = [14_999, 15_000].map((nowMs) => standing.shareOf(CHECK, nowMs, true));

  expect([...shares, standing.shareOf(CHECK, 5000, false)]).toEqual(["just-started", 20, 20]);
});

test("an overlap multiplies the share", () => {
  expect(standingOf({ list: [1, 2, 3], overlap: 2 }).shareOf(CHECK, 0)).toBe(40);
});

test("WHOLE is the share of a node that is the only one", () => {
  expect([WHOLE.shareOf(CHECK, 0), WHOLE.startsInMs(CHECK, 0)]).toEqual([60, 0]);
});
