import { expect, test } from "bun:test";
import type { Register, RegisteredRow } from "../../../../src/subjects/ratelimiter/client/replies.ts";
import { withSeconds } from "../../../../src/subjects/ratelimiter/probes/second-processes.ts";

const OLD = { id: "1", heartbeatAgeMs: 0, clockOffsetMs: 0, address: "127.0.0.1:1", startedAtMs: 100 };
const NEW = { ...OLD, address: "127.0.0.1:2", startedAtMs: 200 };
const OTHER = { ...OLD, id: "2" };

test("withSeconds() takes a row of a newer process for a restart", () => {
  expect(replay([OLD, OLD, NEW, NEW, NEW])).toEqual([[], [], [], [], []]);
});

test("withSeconds() knows of two processes once the row shows the older one again, and whichever it shows from then on", () => {
  expect(replay([OLD, NEW, OLD, NEW, NEW, OLD])).toEqual(
    [[], [], [NEW], [OLD], [OLD], [NEW]].map((all) => all.map(addressOf)),
  );
});

test("withSeconds() forgets a process that has not registered for a while", () => {
  const shown = replay([OLD, NEW, ...Array.from({ length: 12 }, () => OLD)]);

  expect(shown[2]).toEqual([NEW.address]);
  expect(shown.at(-1)).toEqual([]);
});

test("withSeconds() holds rows of different numbers apart", () => {
  expect(replay([OLD, { ...OTHER, startedAtMs: 300 }, OLD])).toEqual([[], [], []]);
});

/** What one row that shows these, a second apart, tells of others. */
function replay(rows: readonly RegisteredRow[]): readonly (readonly string[])[] {
  const shown: (readonly string[])[] = [];
  let previous: { readonly value: Register; readonly atMs: number } | undefined;
  for (const [second, row] of rows.entries()) {
    const atMs = second * 1000;
    const value = withSeconds({ rows: [row], unreadable: 0 }, previous, atMs);
    shown.push((value.seconds ?? []).map(addressOf));
    previous = { value, atMs };
  }
  return shown;
}

function addressOf({ address = "" }: RegisteredRow): string {
  return address;
}
