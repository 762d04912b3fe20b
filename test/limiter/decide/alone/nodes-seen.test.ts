import { expect, test } from "bun:test";
import { NodesSeen } from "../../../../src/limiter/decide/alone/nodes-seen.ts";

const HEARTBEAT_MS = 1000;

/** Reads the register once per heartbeat from that time connected on. */
function read(seen: NodesSeen, fromMs: number, readings: readonly (readonly number[])[]): void {
  for (const [at, ids] of readings.entries()) seen.note(ids, fromMs + at * HEARTBEAT_MS);
}

test("most() is the largest reading within the time connected", () => {
  const seen = new NodesSeen(HEARTBEAT_MS);

  read(seen, 0, [[1, 2], [1, 2, 3], [1, 2], [1], [1], [1]]);

  const within = [6000, 4000, 3999, 3000, 2999, 0].map((ms) => seen.most(ms).length);
  expect(within).toEqual([3, 3, 2, 2, 1, 1]);
});

test("most() does not age while Redis does not decide, nor while nothing is read", () => {
  const seen = new NodesSeen(HEARTBEAT_MS);
  read(seen, 0, [[1, 2, 3], [1]]);

  for (let reading = 0; reading < 60; reading++) seen.note([1], HEARTBEAT_MS);
  const cutOff = seen.most(1000);
  seen.note([1], 3_600_000);

  expect([cutOff, seen.most(3000), seen.most(2999)]).toEqual([[1, 2, 3], [1, 2, 3], [1]]);
});

test("most() remembers few readings, and rather too many nodes than too few", () => {
  const seen = new NodesSeen(HEARTBEAT_MS);
  const falling = Array.from({ length: 200 }, (_, at) => Array.from({ length: 200 - at }, (_, id) => id + 1));

  read(seen, 0, falling);

  expect([seen.most(1_000_000).length, seen.most(10_000).length, seen.most(0).length]).toEqual([200, 11, 1]);
});

test("hasStoodFor() counts heartbeats since the node joined, and anew after it has left", () => {
  const seen = new NodesSeen(HEARTBEAT_MS);
  const stood: boolean[] = [seen.hasStoodFor(2)];
  for (let beat = 0; beat < 3; beat++) {
    read(seen, beat * HEARTBEAT_MS, [[1]]);
    stood.push(seen.hasStoodFor(2));
  }

  seen.leave();
  stood.push(seen.hasStoodFor(2));
  read(seen, 3 * HEARTBEAT_MS, [[1]]);
  stood.push(seen.hasStoodFor(2));

  expect(stood).toEqual([false, false, false, true, false, false]);
});
