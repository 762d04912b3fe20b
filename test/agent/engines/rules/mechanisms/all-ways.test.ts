import { expect, test } from "bun:test";
import type { CauseVerdict } from "../../../../../src/core/diagnosis/hypothesis.ts";
import { diagnoseHall, type Figure } from "../halls.ts";

const LAMPS = ["lamp/1", "lamp/2", "lamp/3"] as const;
const slow = LAMPS.map((on) => ({ symptom: "slow", on }) as const);
const queue = (is: number): Figure => ({ of: "mains/1", signal: "latency", unit: "1", was: 0, is });
const own = (pattern?: Figure["pattern"]): Figure => ({
  of: "mains/1",
  signal: "latency",
  unit: "seconds",
  was: 0.001,
  is: 0.001,
  ...(pattern && { pattern }),
});
const usual = waits("p50");
const slowest = waits("p99");

function waits(name: string): readonly Figure[] {
  return LAMPS.map((of) => ({ of, name: `wait_${name}`, signal: "network", unit: "seconds", was: 0.001, is: 0.08 }));
}

test("rules names the slow way of each where all wait for what answers an observer as fast as ever", async () => {
  const { cause } = await diagnoseHall({ wrong: slow, figures: [...usual, ...slowest, own(), queue(0)] });

  expect(cause).toMatchObject({ mechanism: "slow-dependency", verdict: "confirmed" });
  expect(cause?.component).toStartWith("lamp/");
  expect(cause?.claims.filter(({ side }) => side === "against").map(({ figure }) => figure)).toContainEqual(
    expect.stringContaining("of mains/1: median 1ms"),
  );
});

test.each<readonly [readings: string, late: readonly number[], verdict: CauseVerdict | undefined]>([
  ["one", [65], "confirmed"],
  ["two", [62, 66], "confirmed"],
  ["three", [62, 65, 68], undefined],
])(
  "rules names slow ways although %s of eleven readings of their end are late, if that is chance",
  async (...given) => {
    const [_readings, late, verdict] = given;
    const figures = [...usual, ...slowest, own((index) => (late.includes(index) ? 0.05 : 0.001)), queue(0)];

    const { cause } = await diagnoseHall({ wrong: slow, figures });

    expect(cause?.verdict).toBe(verdict);
  },
);

test("rules compares the readings of their end with what most wait now, as windows only begin to show it", async () => {
  const growing = usual.map((figure) => ({ ...figure, pattern: (index: number) => (index < 66 ? 0.03 : 0.08) }));
  const figures = [...growing, ...slowest, own((index) => ([62, 64, 66].includes(index) ? 0.015 : 0.001)), queue(0)];

  const { cause } = await diagnoseHall({ wrong: slow, figures });

  expect(cause).toMatchObject({ mechanism: "slow-dependency", verdict: "confirmed" });
});

test.each<readonly [what: string, figures: readonly Figure[]]>([
  ["was slow for an observer, too", [...usual, ...slowest, own((index) => (index % 4 === 1 ? 0.05 : 0.001))]],
  ["has requests waiting at it", [...usual, ...slowest, own(), queue(3)]],
  ["nobody else asks", [...usual, ...slowest, queue(0)]],
  ["makes only the slowest of many wait", [...slowest, own(), queue(0)]],
])("rules names no slow way of all to what %s", async (_what, figures) => {
  const { cause } = await diagnoseHall({ wrong: slow, figures });

  expect(cause).toBeUndefined();
});

const unreached = {
  wrong: [{ symptom: "unreachable", on: "mains/1", reason: "serves-none" }],
  brokenFrom: LAMPS,
} as const;

test("rules names what all have lost as cut off where it answers an observer and no request waits at it", async () => {
  const { cause } = await diagnoseHall({ ...unreached, figures: [queue(0)] });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "partition", verdict: "confirmed" });
});

test("rules does not name as cut off what requests wait at, what says itself why, nor what one still reaches", async () => {
  const [{ symptom, on, reason }] = unreached.wrong;
  const waiting = await diagnoseHall({ ...unreached, figures: [queue(3)] });
  const saying = await diagnoseHall({
    ...unreached,
    wrong: [{ symptom, on, reason, word: "OOM" }],
    figures: [queue(0)],
  });
  const reached = await diagnoseHall({ ...unreached, brokenFrom: LAMPS.slice(0, 2), figures: [queue(0)] });

  for (const { cause } of [waiting, saying, reached]) {
    expect([cause?.mechanism, cause?.component]).not.toEqual(["partition", "mains/1"]);
  }
});

test("rules names what answers so late that those who need it do without it, and are not slow themselves", async () => {
  const { cause } = await diagnoseHall({
    wrong: [{ symptom: "unreachable", on: "mains/1", reason: "serves-in-part" }],
    brokenFrom: LAMPS,
    figures: [...slowest, own(() => 0.09), queue(0)],
  });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "slow-dependency", verdict: "confirmed" });
});
