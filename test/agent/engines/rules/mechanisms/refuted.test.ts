import { expect, test } from "bun:test";
import { diagnoseHall, type Figure, type Hall, rate } from "../halls.ts";

const wait = (of: Figure["of"], was: number, is: number): Figure => ({
  of,
  signal: "network",
  unit: "seconds",
  was,
  is,
});
const waits = [wait("lamp/1", 0.01, 0.2), wait("lamp/2", 0.01, 0.2), wait("lamp/3", 0.01, 0.2)];
const slowLamps = [
  { symptom: "slow", on: "lamp/1" },
  { symptom: "slow", on: "lamp/2" },
] as const;

test("rules names those who ask more, and no dead lamp, where the living are slow", async () => {
  const dead = { "lamp/3": { state: "down", probe: "refused" } } as const;
  const rates = [rate("people/all", 300, 305), rate("lamp/1", 100, 101), rate("lamp/2", 100, 101)];
  const surge = [rate("people/all", 300, 3000), rate("lamp/1", 100, 1500), rate("lamp/2", 100, 1500)];

  const alone = await diagnoseHall({ wrong: slowLamps, now: dead, figures: rates });
  const asked = await diagnoseHall({ wrong: slowLamps, now: dead, figures: surge });

  expect(alone.cause).toBeUndefined();
  expect(asked.cause).toMatchObject({ component: "people/all", mechanism: "load-surge", verdict: "confirmed" });
});

test("rules explains by a crash what is slow beside it only where that is seen to take over its requests", async () => {
  const dead = { "lamp/3": { state: "down", probe: "refused" } } as const;
  const wrong = [{ symptom: "unreachable", on: "lamp/3", reason: "refused" }, ...slowLamps] as const;
  const rates = (each: number) => [rate("people/all", 300, 300), rate("lamp/1", 100, each), rate("lamp/2", 100, each)];

  const taken = await diagnoseHall({ wrong, now: dead, figures: rates(150) });
  const apart = await diagnoseHall({ wrong, now: dead, figures: rates(101) });

  for (const { cause } of [taken, apart]) expect(cause).toMatchObject({ component: "lamp/3", mechanism: "crash" });
  const reached = (to: string) => [taken, apart].map(({ propagation }) => propagation.some((step) => step.to === to));
  expect(reached("lamp/1")).toEqual([true, false]);
});

test("rules names the crash of a component that was full before it ended", async () => {
  const { cause } = await diagnoseHall({
    wrong: [
      { symptom: "unreachable", on: "mains/1", reason: "refused" },
      { symptom: "configuration", on: "lamp/1" },
    ],
    now: { "mains/1": { state: "down", probe: "refused" } },
    logs: [
      {
        component: "mains/1",
        events: [{ atMs: 99_000, component: "mains/1", level: "error", message: "OOM: out of memory", fields: {} }],
      },
    ],
  });

  expect(cause).toMatchObject({ component: "mains/1", mechanism: "crash", verdict: "confirmed" });
});

const REFUTED: readonly (readonly [what: string, mechanism: string, component: string, hall: Hall])[] = [
  [
    "saturation where more is asked",
    "saturation",
    "lamp/2",
    {
      wrong: [{ symptom: "slow", on: "lamp/2" }],
      figures: [{ of: "lamp/2", signal: "cpu", unit: "ratio", was: 0.3, is: 0.97 }, rate("lamp/2", 100, 900)],
    },
  ],
  [
    "saturation far from its capacity",
    "saturation",
    "lamp/2",
    {
      wrong: [{ symptom: "slow", on: "lamp/2" }],
      figures: [{ of: "lamp/2", signal: "cpu", unit: "ratio", was: 0.02, is: 0.2 }],
    },
  ],
  ["a slow way where the others wait as long", "slow-dependency", "lamp/2", { wrong: slowLamps, figures: waits }],
  [
    "a slow way of one that is late itself",
    "slow-dependency",
    "lamp/2",
    {
      wrong: [{ symptom: "slow", on: "lamp/2", reason: "late-start" }],
      figures: [wait("lamp/2", 0.01, 0.033), { of: "lamp/2", signal: "cpu", unit: "ratio", was: 0.02, is: 0.2 }],
    },
  ],
  [
    "a slow dependency where more is asked of it",
    "slow-dependency",
    "mains/1",
    {
      wrong: slowLamps,
      figures: [
        ...waits,
        { of: "mains/1", signal: "cpu", unit: "seconds", was: 0.05, is: 0.8 },
        rate("mains/1", 100, 900),
      ],
    },
  ],
  [
    "a slow dependency where those who wait are late themselves",
    "slow-dependency",
    "mains/1",
    {
      wrong: slowLamps,
      figures: [
        ...waits,
        { of: "mains/1", signal: "latency", unit: "seconds", was: 0.005, is: 0.08 },
        { of: "lamp/1", signal: "cpu", unit: "ratio", was: 0.02, is: 0.3 },
        { of: "lamp/3", signal: "cpu", unit: "ratio", was: 0.02, is: 0.4 },
        rate("people/all", 300, 300),
      ],
    },
  ],
  [
    "a slow dependency where nothing is slow",
    "slow-dependency",
    "lamp/2",
    { wrong: [{ symptom: "unreachable", on: "lamp/2" }], figures: [wait("lamp/2", 0.01, 0.2)] },
  ],
  [
    "a surge of load where one thing takes it",
    "load-surge",
    "people/all",
    {
      wrong: slowLamps,
      figures: [
        rate("people/all", 300, 600),
        { of: "people/all", signal: "traffic", unit: "ratio", was: 0.1, is: 0.7 },
      ],
    },
  ],
  [
    "a surge of load where as much is asked as ever",
    "load-surge",
    "people/all",
    { wrong: slowLamps, figures: [rate("people/all", 300, 305)] },
  ],
  [
    "a surge of load where what all need is silent and has less to do than before",
    "load-surge",
    "people/all",
    {
      wrong: [{ symptom: "unreachable", on: "mains/1", reason: "timed-out" }, ...slowLamps],
      figures: [
        rate("people/all", 300, 600),
        rate("lamp/1", 100, 200),
        rate("lamp/2", 100, 200),
        rate("mains/1", 100, 20),
      ],
    },
  ],
  [
    "a skewed clock where all are off alike",
    "clock-skew",
    "lamp/2",
    {
      wrong: [{ symptom: "clock", on: "lamp/2" }],
      now: {
        "lamp/1": { clockOffsetMs: 9000 },
        "lamp/2": { clockOffsetMs: 9000 },
        "lamp/3": { clockOffsetMs: 9000 },
      },
    },
  ],
  [
    "a lost state where its own word tells of another trouble",
    "state-loss",
    "mains/1",
    {
      wrong: [
        { symptom: "wrong-result", on: "mains/1", entity: "hall/1" },
        { symptom: "unreachable", on: "mains/1", word: "OOM" },
      ],
      figures: [{ of: "mains/1", signal: "node", unit: "1", was: 1000, is: 3 }],
    },
  ],
  [
    "a stall of one where all stall",
    "hang",
    "lamp/2",
    {
      wrong: (["lamp/1", "lamp/2", "lamp/3"] as const).map((on) => ({ symptom: "slow", on, reason: "stalled" })),
      figures: [{ of: "lamp/2", signal: "latency", unit: "seconds", was: 0.01, is: 0.4 }],
    },
  ],
];

test.each(REFUTED)("rules does not name %s", async (_what, mechanism, component, hall) => {
  const { cause, options } = await diagnoseHall(hall);

  expect([cause?.mechanism, cause?.component]).not.toEqual([mechanism, component]);
  expect(options.filter((one) => one.mechanism === mechanism && one.component === component)).toSatisfy((found) =>
    found.every(({ verdict }) => verdict === "inconclusive"),
  );
});
