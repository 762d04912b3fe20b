import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  type Entries,
  type Entry,
  entryName,
  formatEntry,
  keyOf,
  parseEntry,
} from "../../../src/limiter/settings/settings-entry.ts";
import { REMEMBERED_US, SettingsState } from "../../../src/limiter/settings/settings-state.ts";

const CHECK = { key: "a", cost: 1, limit: undefined, windowMs: undefined };
const name = fc.constantFrom(
  entryName.limit("a"),
  entryName.limit("b"),
  entryName.block("a"),
  entryName.config("limit", undefined),
  entryName.config("limit", 2),
);
const value = fc.constantFrom(undefined, "5", '{"limit":5}', '{"limit":6,"window_ms":7}', "true", "nonsense");
/** One version stands for one change: the same version of the same name is the same value. */
const history = fc.uniqueArray(fc.record({ name, value, versionUs: fc.integer({ min: 1, max: 1000 }) }), {
  selector: ({ versionUs }) => versionUs,
});

describe("SettingsState", () => {
  test("longestWindowMs() is that of the configuration or of the key with a longer one", () => {
    const state = start();
    const before = state.longestWindowMs();

    state.merge(entriesOf([{ name: entryName.limit("a"), value: '{"limit":6,"window_ms":7000000}', versionUs: 1 }]));
    state.merge(entriesOf([{ name: entryName.limit("b"), value: '{"limit":6,"window_ms":7}', versionUs: 2 }]));

    expect([before, state.longestWindowMs()]).toEqual([state.config.windowMs, 7_000_000]);
  });

  test("comes to the same settings whatever the order and the grouping of changes", () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), (changes, random) => {
        const ordered = start();
        for (const change of changes.toSorted((a, b) => a.versionUs - b.versionUs)) ordered.merge(entriesOf([change]));
        const shuffled = start();
        const weights = new Map(changes.map((change) => [change, random.next().value ?? 0]));
        const order = changes.toSorted((a, b) => (weights.get(a) ?? 0) - (weights.get(b) ?? 0));
        for (const change of order) shuffled.merge(entriesOf([change]));

        expect(shuffled.entries).toEqual(ordered.entries);
        expect(shuffled.config).toEqual(ordered.config);
        expect(shuffled.limits).toEqual(ordered.limits);
        expect(shuffled.blocks).toEqual(ordered.blocks);
      }),
    );
  });

  test("gives two nodes the same settings once each has what the other knew better", () => {
    fc.assert(
      fc.property(history, fc.func(fc.boolean()), (changes, seenByOne) => {
        const [one, other] = [start(), start()];
        for (const change of changes) (seenByOne(change.versionUs) ? one : other).merge(entriesOf([change]));

        other.merge(one.newerThan(other.entries, 0));
        one.merge(other.newerThan(one.entries, 0));

        expect(one.entries).toEqual(other.entries);
        expect(one.newerThan(other.entries, 0).size).toBe(0);
      }),
    );
  });

  test("merge() names what changed and passes over what is older", () => {
    const state = start();
    const entry = { name: entryName.limit("a"), value: '{"limit":5}', versionUs: 2 };

    expect(state.merge(entriesOf([entry]))).toEqual(["limit/a"]);
    expect(state.merge(entriesOf([entry]))).toEqual([]);
    expect(state.merge(entriesOf([{ ...entry, value: undefined, versionUs: 1 }]))).toEqual([]);
    expect(state.limits.has("a")).toBe(true);
  });

  test("ignores values that are no settings", () => {
    const state = start();

    state.merge(
      entriesOf([
        { name: entryName.limit("a"), value: '{"limit":-5}', versionUs: 1 },
        { name: entryName.config("limit", undefined), value: '"many"', versionUs: 1 },
      ]),
    );

    expect(state.complete(CHECK)).toMatchObject({ limit: 100 });
    expect(state.config.sources.limit).toBe("start");
  });

  test("remembers deletions for a day, so that nobody brings back what was deleted", () => {
    const state = start();
    state.merge(entriesOf([{ name: entryName.limit("a"), value: undefined, versionUs: 5 }]));

    expect([...state.newerThan(new Map(), REMEMBERED_US).keys()]).toEqual(["limit/a"]);
    expect(state.prune(REMEMBERED_US)).toEqual([]);

    expect(state.newerThan(new Map(), REMEMBERED_US + 6).size).toBe(0);
    expect(state.prune(REMEMBERED_US + 6)).toEqual(["limit/a"]);
    expect(state.entries.size).toBe(0);
  });

  test("clear() returns to the settings of the start", () => {
    const state = start();
    state.merge(
      entriesOf([
        { name: entryName.limit("a"), value: '{"limit":5}', versionUs: 1 },
        { name: entryName.block("b"), value: "true", versionUs: 1 },
        { name: entryName.config("limit", undefined), value: "7", versionUs: 1 },
      ]),
    );

    state.clear();

    expect(state.complete(CHECK).limit).toBe(100);
    expect(state.isBlocked("b")).toBe(false);
    expect(state.config).toEqual(start().config);
  });
});

test("an entry survives the way through Redis", () => {
  const text = fc.option(fc.string({ unit: "binary", minLength: 1 }), { nil: undefined });

  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8e15 }), text, (versionUs, value) => {
      expect(parseEntry(formatEntry({ versionUs, value }))).toEqual({ versionUs, value });
    }),
  );
  for (const text of ["nonsense", "", ":x", "8000000000000001:x", "-1:x"]) expect(parseEntry(text)).toBeUndefined();
});

test("keyOf() finds the key in the name of an entry, slashes and all", () => {
  expect(keyOf(entryName.limit("a/b"))).toBe("a/b");
  expect(keyOf(entryName.reset("c"))).toBe("c");
  expect(keyOf(entryName.config("limit", 2))).toBeUndefined();
});

function start(): SettingsState {
  return new SettingsState({ node: 2, algorithm: "sliding-window", limit: 100, windowMs: 60_000 });
}

function entriesOf(changes: readonly (Entry & { readonly name: string })[]): Entries {
  return new Map(changes.map(({ name, versionUs, value }) => [name, { versionUs, value }]));
}
