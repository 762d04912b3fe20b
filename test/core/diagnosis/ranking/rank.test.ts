import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { MeasuredSeries } from "../../../../src/core/diagnosis/ranking/measured.ts";
import { type Ranking, type RankQuestion, rank } from "../../../../src/core/diagnosis/ranking/rank.ts";
import type { Signal } from "../../../../src/core/system/picture.ts";
import { ONSET, ONSET_MS, ROWS, type Run, runOf, tableOf, times } from "./composed.ts";

const NAMES = ["a", "bb", "ccc", "dddd", "eeeee"];
const ONE_WAY: readonly Signal[] = ["cpu", "memory", "io", "latency", "error"];
const TWO_WAY: readonly Signal[] = ["traffic", "network", "node"];

test("rank() finds the one component that moved, by whatever signal, and says when", () => {
  const signal = fc.constantFrom<Signal>(...ONE_WAY, ...TWO_WAY);
  fc.assert(
    fc.property(signal, fc.constantFrom(...NAMES), fc.integer(), (signal, moved, seed) => {
      const series = NAMES.map((component) =>
        of(component, signal, { seed, ...(component === moved && { become: times(3) }) }),
      );

      const [first, second] = ranked(series).components;

      expect(first?.component).toBe(moved);
      expect(first?.score).toBeGreaterThan((second?.score ?? 0) * 2);
      expect(Math.abs((first?.onsetMs ?? 0) - ONSET_MS)).toBeLessThanOrEqual(1000);
    }),
    { numRuns: 60 },
  );
});

test("rank() takes a fall for trouble in traffic only, since less work than usual is no fault of whoever does it", () => {
  const fallen = (signal: Signal): Ranking =>
    ranked(NAMES.map((name) => of(name, signal, { become: times(name === "a" ? 0.3 : 1) })));

  expect(TWO_WAY.map((signal) => fallen(signal).components[0]?.moves[0]?.direction)).toEqual(["down", "down", "down"]);
  expect(
    ONE_WAY.map((signal) => fallen(signal).components.find(({ component }) => component === "a")?.moves ?? []),
  ).toEqual(ONE_WAY.map(() => []));
});

test("rank() does not depend on the unit in which anything was measured", () => {
  fc.assert(
    fc.property(fc.constantFrom(1e-6, 1e-3, 1e3, 1e6), fc.integer(), (unit, seed) => {
      const series = NAMES.flatMap((component, at) => [
        of(component, "latency", { seed, level: at + 1, become: times(1 + at / 2) }),
        of(component, "memory", { seed, become: times(at === 2 ? 2 : 1) }),
      ]);
      const scaled = series.map((one) => ({ ...one, values: one.values.map((value) => value * unit) }));

      expect(scores(ranked(scaled))).toEqual(scores(ranked(series)));
    }),
    { numRuns: 30 },
  );
});

describe("rank() is not taken in by", () => {
  const still = ["bb", "ccc"].map((name) => of(name, "cpu"));

  test.each<[string, MeasuredSeries]>([
    [
      "a single spike in the window",
      of("bb", "latency", { become: (value, row) => (row === ONSET + 4 ? value * 1000 : value) }),
    ],
    ["a trouble that stood before", of("bb", "latency", { become: times(5, 100) })],
    [
      "bursts as they were before",
      of("bb", "latency", { become: (value, row) => (row % 10 < 3 ? value * 20 : value) }),
    ],
    ["seasons", of("bb", "cpu", { become: (value, row) => value * (1.5 + Math.sin(row / 5)) })],
  ])("%s", (_, decoy) => {
    const found = ranked([...still, of("a", "cpu", { become: times(2) }), decoy]);

    expect(found.components[0]?.component).toBe("a");
  });
});

test("rank() sees a series leave a level that it held exactly, and drops one that still holds it", () => {
  const constant = { level: 0.5, noise: 0 };

  const { components } = ranked([of("a", "cpu", { ...constant, become: times(2) }), of("bb", "cpu", constant)]);

  expect(components.map(({ component }) => component)).toEqual(["a"]);
  expect(components[0]?.moves[0]).toMatchObject({ before: 0.5, after: 1 });
});

test("rank() sees a quantity move that is below 0, or on both sides of it", () => {
  const around = (level: number, moved: number) =>
    NAMES.slice(0, 2).map((component, place): MeasuredSeries => {
      const steady = of(component, "traffic", { seed: place }).values.map((value) => (value - 1) * 10 + level);
      const values = steady.map((value, row) => (row < ONSET || place > 0 ? value : value + moved));
      return { component, metric: "balance", signal: "traffic", values };
    });
  const cases = [around(-5, -20), around(-5, 20), around(0, 20), around(0, -20)].map((series) => ranked(series));

  expect(cases.map(({ components: [first] }) => first?.component)).toEqual(["a", "a", "a", "a"]);
  expect(cases.map(({ components: [first] }) => first?.moves[0]?.direction)).toEqual(["down", "up", "up", "down"]);
  expect(cases.map(({ verdict }) => verdict)).toEqual(["likely", "likely", "likely", "likely"]);
});

test("rank() sees errors begin where there were none, in shares and in counts", () => {
  const some = (unit?: "ratio"): Ranking =>
    ranked(
      NAMES.map((component) => ({
        ...of(component, "error", { level: 0, become: (_, row) => (component === "ccc" && row >= ONSET ? 0.1 : 0) }),
        ...(unit && { unit }),
      })),
    );

  expect([some("ratio"), some()].map(({ components: [first] }) => first?.component)).toEqual(["ccc", "ccc"]);
});

test("rank() tells what vanished from what was never there", () => {
  const vanish = (value: number, row: number): number => (row >= ONSET ? Number.NaN : value);
  const never = of("bb", "cpu", { become: () => Number.NaN });

  const { components, skipped } = ranked([of("a", "cpu", { become: vanish }), never, of("ccc", "cpu")]);

  expect(components[0]).toMatchObject({ component: "a", moves: [{ direction: "vanished" }] });
  expect(skipped).toEqual([{ component: "bb", metric: "cpu" }]);
});

test("rank() bears gaps, of half the moments too", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 5 }), fc.integer(), (every, seed) => {
      const holes =
        (become: NonNullable<Run["become"]>): NonNullable<Run["become"]> =>
        (value, row) =>
          row % every === 0 ? become(value, row) : Number.NaN;
      const series = NAMES.map((name) => of(name, "latency", { seed, become: holes(times(name === "dddd" ? 3 : 1)) }));

      expect(ranked(series).components[0]?.component).toBe("dddd");
    }),
    { numRuns: 30 },
  );
});

test("rank() takes from a caller what the component that it calls explains, through others that were not measured too", () => {
  const series = [
    of("caller", "latency", { become: times(9) }),
    of("callee", "latency", { become: times(8) }),
    of("other", "latency"),
  ];
  const calls = [
    ["caller", "unmeasured"],
    ["unmeasured", "callee"],
    ["caller", "other"],
  ] as const;

  const alone = ranked(series);
  const { components } = ranked(series, { calls });

  expect(alone.components[0]?.component).toBe("caller");
  expect(components[0]?.component).toBe("callee");
  expect(components[1]).toMatchObject({ component: "caller", explainedBy: { component: "callee" } });
});

test("rank() leaves a caller what only it can have caused, whatever it calls", () => {
  const series = [of("caller", "cpu", { become: times(4) }), of("callee", "latency", { become: times(3) })];

  expect(ranked(series, { calls: [["caller", "callee"]] }).components[0]?.component).toBe("caller");
});

test("rank() prefers what the symptom depends on, and a component to a caller's view of it", () => {
  const series = ["front", "behind", "aside", "behind_client"].map((name) => of(name, "latency", { become: times(3) }));
  const calls = [["front", "behind"]] as const;

  const { components } = ranked(series, {
    calls,
    symptom: { component: "front", signal: "latency" },
    isOutside: (component) => component.endsWith("_client"),
  });

  expect(components[0]?.component).toBe("behind");
  expect(components.map(({ component }) => component).indexOf("behind_client")).toBeGreaterThan(1);
});

test("rank() of a quiet table says that it shows no cause; of a fault that it is likely", () => {
  const series = (factor: number, seed: number): readonly MeasuredSeries[] =>
    NAMES.flatMap((name) =>
      ["cpu", "latency"].map((signal) =>
        of(name, signal === "cpu" ? "cpu" : "latency", { seed, become: times(name === "a" ? factor : 1) }),
      ),
    );
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);

  const quiet = seeds.map((seed) => ranked(series(1, seed)).verdict);
  const broken = seeds.map((seed) => ranked(series(3, seed)).verdict);

  expect(quiet).not.toContain("likely");
  expect(new Set(broken)).toEqual(new Set(["likely"]));
});

test("rank() finds when it began where nobody says, within a span too", () => {
  const series = NAMES.map((name) => of(name, "latency", { become: times(name === "bb" ? 2 : 1) }));

  const free = rank(tableOf(...series));
  const within = rank(tableOf(...series), { search: { fromMs: ONSET_MS - 15_000, toMs: ONSET_MS + 5000 } });

  expect([free?.onsetMs, within?.onsetMs]).toEqual([ONSET_MS, ONSET_MS]);
  expect([free?.components[0]?.component, within?.components[0]?.component]).toEqual(["bb", "bb"]);
});

test("rank() bears an onset that is told too early, or a little late", () => {
  const series = NAMES.map((name) => of(name, "latency", { become: times(name === "bb" ? 3 : 1) }));

  const found = [-30, -10, 0, 5, 10].map((late) => rank(tableOf(...series), { onsetMs: ONSET_MS + late * 1000 }));

  expect(found.map((ranking) => ranking?.components[0]?.component)).toEqual(Array(5).fill("bb"));
});

test("rank() puts that one first of two that moved alike which moved earlier", () => {
  const series = [
    of("a", "cpu", { noise: 0, become: times(3, ONSET + 6) }),
    of("bb", "cpu", { noise: 0, become: times(3, ONSET) }),
  ];

  expect(ranked(series).components.map(({ component }) => component)).toEqual(["bb", "a"]);
});

test.each<[string, RankQuestion]>([
  ["nothing lies before the onset", { onsetMs: 0 }],
  ["nothing lies after it", { onsetMs: ROWS * 1000 }],
])("rank() answers nothing where %s", (_, question) => {
  expect(rank(tableOf(of("a", "cpu")), question)).toBeUndefined();
});

test("rank() answers nothing of an empty table", () => {
  expect([rank({ atMs: [], series: [] }), rank(tableOf())]).toEqual([undefined, undefined]);
});

function of(component: string, signal: Signal, run: Run = {}): MeasuredSeries {
  return runOf({ component, metric: signal, signal }, run);
}

function ranked(series: readonly MeasuredSeries[], question: RankQuestion = {}): Ranking {
  const ranking = rank(tableOf(...series), { onsetMs: ONSET_MS, ...question });
  if (!ranking) throw new Error("Cannot rank");
  return ranking;
}

function scores({ components }: Ranking): readonly [string, string][] {
  return components.map(({ component, score }) => [component, score.toFixed(6)]);
}
