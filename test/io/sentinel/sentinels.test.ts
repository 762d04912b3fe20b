import { describe, expect, test } from "bun:test";
import { Sentinels } from "../../../src/io/sentinel/sentinels.ts";
import { until } from "../../until.ts";
import { type FakeSentinel, startFakeSentinel } from "./fake-sentinel.ts";

/** Follows Sentinels for one test, and counts how often they moved. */
function follow(...listed: readonly FakeSentinel[]) {
  const moves: (number | undefined)[] = [];
  const onMoved = (): void => void moves.push(sentinels.primary?.port);
  const hosts = listed.map(({ port }) => ({ host: "127.0.0.1", port }));
  const sentinels = Sentinels.follow({ hosts, name: "limits", password: undefined }, onMoved);
  return { sentinels, moves, [Symbol.dispose]: () => sentinels.leave(onMoved) };
}

describe("Sentinels", () => {
  test("wait for a newer word of one that answers late, though all that are listed agree", async () => {
    using newer = startFakeSentinel({ primary: 7002, epoch: 2, afterMs: 100 });
    using stale = startFakeSentinel({ primary: 7001, epoch: 1, others: [newer.port] });
    using followed = follow(stale);
    await until(() => followed.sentinels.primary?.port === 7002);

    for (let round = 0; round < 3; round++) await followed.sentinels.ask();

    expect(followed.moves).toEqual([7002]);
  });

  test("are asked by all that follow them at once, and by nobody when the last one has left", async () => {
    using only = startFakeSentinel({ primary: 7001 });
    const one = follow(only);
    const other = follow(only);
    await one.sentinels.ask();

    expect(other.sentinels).toBe(one.sentinels);
    one[Symbol.dispose]();
    only.says.primary = 7002;
    await until(() => other.moves.length > 0);
    other[Symbol.dispose]();
    using later = follow(only);
    other[Symbol.dispose]();
    using last = follow(only);

    expect([one.moves, other.moves]).toEqual([[], [7002]]);
    expect(later.sentinels).not.toBe(other.sentinels);
    expect(last.sentinels).toBe(later.sentinels);
  });

  test("that were all set up anew are followed", async () => {
    using first = startFakeSentinel({ primary: 7001, epoch: 5 });
    using second = startFakeSentinel({ primary: 7001, epoch: 5 });
    using followed = follow(first, second);
    await followed.sentinels.ask();

    for (const { says } of [first, second]) Object.assign(says, { primary: 7002, epoch: 0 });

    await until(() => followed.sentinels.primary?.port === 7002);
  });
});
