import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { type LookRequest, Looks } from "../../../src/core/subject/looks.ts";
import type { Probe, ReadOptions } from "../../../src/core/subject/probe.ts";
import { VirtualClock } from "../../virtual-clock.ts";

interface Readings {
  readonly fast: number;
  readonly slow: number;
  readonly sum: number;
}

type Client = object;

/** Three probes that count their readings, the last of which adds up the others. */
function counting({ holdMs = 0 } = {}) {
  const clock = new VirtualClock();
  const counts = { fast: 0, slow: 0, sum: 0 };
  const running = { fast: 0, slow: 0, sum: 0 };
  const overlaps: string[] = [];
  const tracked: ReadonlySet<string>[] = [];
  const previous: (number | undefined)[] = [];
  const count = async (name: keyof typeof counts, signal: AbortSignal): Promise<number> => {
    running[name]++;
    if (running[name] > 1) overlaps.push(name);
    counts[name]++;
    const value = counts[name];
    try {
      if (holdMs > 0) await clock.sleep(holdMs, signal);
    } finally {
      running[name]--;
    }
    return value;
  };
  const fast: Probe<Client, number> = {
    everyMs: 1000,
    timeoutMs: 300,
    read: (_client, { signal, ...options }: ReadOptions<number>) => {
      tracked.push(options.tracked);
      previous.push(options.previous?.value);
      return count("fast", signal);
    },
  };
  const slow: Probe<Client, number> = {
    everyMs: 10_000,
    timeoutMs: 300,
    read: (_, { signal }) => count("slow", signal),
  };
  const sum: Probe<Client, number, Pick<Readings, "fast" | "slow">> = {
    everyMs: 1000,
    timeoutMs: 300,
    after: ["fast", "slow"],
    read: async (_, { readings }) => {
      counts.sum++;
      const { fast, slow } = readings;
      return ("value" in fast ? fast.value : 0) + ("value" in slow ? slow.value : 0);
    },
  };
  const looks = new Looks<Client, Readings>({ client: {}, probes: { fast, slow, sum }, clock, series: async () => [] });
  const look = (request: Partial<LookRequest> = {}) => looks.look({ signal: new AbortController().signal, ...request });
  return { clock, counts, overlaps, tracked, previous, look };
}

describe("Looks", () => {
  test("reads each probe at its own pace, and what comes after others last", async () => {
    const { clock, counts, look } = counting();

    const first = await look();
    await clock.advance(1000);
    const second = await look();

    expect(counts).toEqual({ fast: 2, slow: 1, sum: 2 });
    expect(first.observation.sum).toMatchObject({ value: 2 });
    expect(second.observation.sum).toMatchObject({ value: 3 });
    expect(second.observation.slow.atMs).toBe(first.observation.slow.atMs);
  });

  test("answers everybody who asks at the same time by one look", async () => {
    const { counts, look } = counting();

    const results = await Promise.all([look(), look(), look()]);

    expect(counts).toEqual({ fast: 1, slow: 1, sum: 1 });
    expect(new Set(results).size).toBe(1);
  });

  test("reads again for whoever needs readings begun after a moment, but not within the shortest pause", async () => {
    const { clock, counts, look } = counting();
    await look();

    const begunAfterMs = clock.monotonic() + 1;
    const looking = look({ begunAfterMs, reads: ["fast"] });
    await clock.advance(499);
    expect(counts.fast).toBe(1);
    await clock.advance(1);

    expect((await looking).observation.fast).toMatchObject({ value: 2 });
    expect(counts.slow).toBe(1);
  });

  test("does not join a look that began too early", async () => {
    const { clock, counts, look } = counting({ holdMs: 100 });
    const early = look();
    await clock.advance(50);

    const late = look({ begunAfterMs: clock.monotonic() });
    await clock.advance(1000);

    expect((await early).observation.fast).toMatchObject({ value: 1 });
    expect((await late).observation.fast).toMatchObject({ value: 2 });
    expect(counts.slow).toBe(2);
  });

  test("reads by name what anybody has tracked within ten minutes", async () => {
    const { clock, tracked, look } = counting();

    await look({ tracked: ["key/a"] });
    await clock.advance(1000);
    await look();
    await clock.advance(600_000);
    await look();

    expect(tracked.map((entities) => [...entities])).toEqual([["key/a"], ["key/a"], []]);
  });

  test("gives up a probe at its deadline, and does not start it again before it has ended", async () => {
    const clock = new VirtualClock();
    let started = 0;
    const deaf: Probe<Client, number> = { everyMs: 0, timeoutMs: 300, read: () => (started++, new Promise(() => {})) };
    const looks = new Looks<Client, { deaf: number }>({ client: {}, probes: { deaf }, clock, series: async () => [] });
    const { signal } = new AbortController();

    const looking = looks.look({ signal });
    await clock.advance(300);
    const first = await looking;
    await clock.advance(1000);
    const second = await looks.look({ signal });

    expect(first.observation.deaf).toMatchObject({
      failed: "Cannot read deaf: no answer within 300ms",
      outcome: "timed-out",
    });
    expect(second.observation.deaf).toMatchObject({ failed: "The reading before this one has not ended" });
    expect(started).toBe(1);
  });

  test("hands in the last reading that succeeded, and keeps the one before", async () => {
    const { clock, previous, look } = counting();

    await look();
    await clock.advance(1000);
    const second = await look();

    expect(previous).toEqual([undefined, 1]);
    expect(second.previous.fast).toMatchObject({ value: 1 });
  });

  test("lets a caller go when its signal aborts, and goes on for the others", async () => {
    const { clock, look } = counting({ holdMs: 100 });
    const leaving = new AbortController();
    const left = look({ signal: leaving.signal });
    const stays = look();

    leaving.abort(new Error("Enough"));
    await expect(left).rejects.toThrow("Enough");
    await clock.advance(100);

    expect((await stays).observation.fast).toMatchObject({ value: 1 });
  });

  test("never reads one probe twice at once, nor faster than its pace allows, in any order of callers", async () => {
    const call = fc.record({ afterMs: fc.integer({ min: 0, max: 1500 }), isFresh: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 12 }), async (calls) => {
        const { clock, counts, overlaps, look } = counting({ holdMs: 40 });
        const pending: Promise<unknown>[] = [];
        for (const { afterMs, isFresh } of calls) {
          await clock.advance(afterMs);
          pending.push(look(isFresh ? { begunAfterMs: clock.monotonic() } : {}));
        }
        await clock.advance(5000);
        await Promise.all(pending);

        const spanMs = clock.monotonic() - 5000;
        expect(overlaps).toEqual([]);
        expect(counts.fast).toBeLessThanOrEqual(Math.floor(spanMs / 500) + 2);
      }),
      { numRuns: 100 },
    );
  });
});

test("Looks lets a source rest by what the last reading cost it, and by how long one took that failed", async () => {
  const clock = new VirtualClock();
  const begunAtMs: number[] = [];
  const costly: Probe<Client, number> = {
    everyMs: 1000,
    restMs: ({ value, elapsedMs }) => (value === undefined ? elapsedMs * 10 : value * 1000),
    timeoutMs: 400,
    read: async (_, { signal }) => {
      begunAtMs.push(clock.monotonic());
      if (begunAtMs.length === 3) await clock.sleep(60_000, signal);
      return begunAtMs.length === 1 ? 0 : 5;
    },
  };
  const looks = new Looks<Client, { costly: number }>({
    client: {},
    probes: { costly },
    clock,
    series: async () => [],
  });
  const ended = clock.monotonic() + 15_000;
  const looking = (async () => {
    while (clock.monotonic() < ended) {
      await looks.look({ signal: new AbortController().signal });
      await clock.sleep(1000, new AbortController().signal);
    }
  })();
  await clock.advance(20_000);
  await looking;

  const pauses = begunAtMs.slice(1).map((atMs, index) => atMs - (begunAtMs[index] ?? 0));
  expect(pauses.slice(0, 3)).toEqual([1000, 5000, 4400]);
});
