import { expect, test } from "bun:test";
import { diagnoseHall, type Figure, type Hall } from "../halls.ts";

const HALL: Hall = {
  wrong: [{ symptom: "slow", on: "lamp/2" }],
  figures: [{ of: "lamp/2", signal: "network", unit: "seconds", was: 0.01, is: 0.2 }],
};

test("rules names a slow way, and is not sure of it, where that breaks for moments and serves in between", async () => {
  const { cause } = await diagnoseHall({ ...HALL, brokenFrom: ["lamp/2"], waveringFrom: ["lamp/2"] });

  expect(cause).toMatchObject({ component: "lamp/2", mechanism: "slow-dependency", verdict: "likely" });
});

test("rules names no slow way where that has been broken all the time", async () => {
  const { cause } = await diagnoseHall({ ...HALL, brokenFrom: ["lamp/2"] });

  expect(cause).toMatchObject({ component: "lamp/2", mechanism: "partition" });
});

const wait = (of: "lamp/1" | "lamp/2" | "lamp/3", is: number): Figure => {
  return { of, signal: "network", unit: "seconds", was: 0.01, is };
};

test("rules names the slow way of one beside another that is cut off, and waits for that reason", async () => {
  const figures = [wait("lamp/1", 0.2), wait("lamp/2", 0.2), wait("lamp/3", 0.01)];

  const { cause, options } = await diagnoseHall({ ...HALL, brokenFrom: ["lamp/1"], figures });

  expect([cause, ...options]).toContainEqual(
    expect.objectContaining({ component: "lamp/2", mechanism: "slow-dependency", verdict: "confirmed" }),
  );
});

test("rules names no slow way of one where all others are cut off, since nobody shows that it is its own", async () => {
  const figures = [wait("lamp/1", 0.2), wait("lamp/2", 0.2), wait("lamp/3", 0.2)];

  const { cause, options } = await diagnoseHall({ ...HALL, brokenFrom: ["lamp/1", "lamp/3"], figures });

  expect([cause, ...options]).not.toContainEqual(
    expect.objectContaining({ component: "lamp/2", mechanism: "slow-dependency", verdict: "confirmed" }),
  );
});

test("rules names what all wait for, though they are a little late themselves, where it works more than before", async () => {
  const waits = (["lamp/1", "lamp/2", "lamp/3"] as const).flatMap((of) => [
    { of, signal: "network", unit: "seconds", was: 0.01, is: 0.2, name: `wait of ${of}` } as const,
    { of, signal: "cpu", unit: "ratio", was: 0.01, is: 0.08, name: `lag of ${of}` } as const,
  ]);
  const named = async (signal: "cpu" | "latency") => {
    const own = { of: "mains/1", signal, unit: "seconds", was: 0.05, is: 0.8 } as const;
    const { cause } = await diagnoseHall({ ...HALL, figures: [...waits, own] });
    return cause && `${cause.mechanism} of ${cause.component}`;
  };

  expect(await named("cpu")).toBe("slow-dependency of mains/1");
  expect(await named("latency")).toBeUndefined();
});

test("rules names the slow way of one beside another that was cut off until now, and not beside one that lost it for a moment", async () => {
  const waits = (of: "lamp/1" | "lamp/2", ...quantiles: readonly string[]) =>
    quantiles.map((quantile) => ({ ...wait(of, 0.2), name: `wait_${quantile}` }));
  const usual = { ...wait("lamp/1", 0.01), name: "wait_p50" };
  const figures = [usual, ...waits("lamp/1", "p99"), ...waits("lamp/2", "p50", "p99"), wait("lamp/3", 0.01)];

  const cut = await diagnoseHall({ ...HALL, healed: { "lamp/1": 7 }, figures });
  const moment = await diagnoseHall({ ...HALL, healed: { "lamp/1": 1 }, figures });

  expect(cut.cause).toMatchObject({ component: "lamp/2", mechanism: "slow-dependency", verdict: "confirmed" });
  expect(moment.cause?.verdict).not.toBe("confirmed");
});

test.each([
  ["now and then, where most of its answers are", 0.08, "p50", "confirmed"],
  ["now and then, where only the slowest are", 0.08, "p99", undefined],
  ["half of the time", 0.5, "p50", undefined],
] as const)("rules weighs the slow way of what is late itself %s", async (...[_when, is, quantile, verdict]) => {
  const figures = [
    { of: "lamp/2", name: `wait_${quantile}`, signal: "network", unit: "seconds", was: 0.001, is: 0.08 },
    { of: "lamp/2", name: "lag", signal: "cpu", unit: "ratio", was: 0.01, is },
  ] as const;

  const { cause } = await diagnoseHall({ ...HALL, figures });

  expect(cause?.verdict).toBe(verdict);
});

test("rules names a component whose own device is late, though others wait because of it", async () => {
  const waits = (["lamp/1", "lamp/2", "lamp/3"] as const).map((of, index) => {
    return { of, signal: "network", unit: "seconds", was: 0.01, is: 0.2, name: `wait ${index}` } as const;
  });
  const device = { of: "lamp/2", signal: "io", unit: "seconds", was: 0.01, is: 0.2 } as const;

  const { cause } = await diagnoseHall({ ...HALL, figures: [...waits, device] });

  expect(cause).toMatchObject({ component: "lamp/2", mechanism: "slow-dependency", verdict: "confirmed" });
});

test("rules takes the late devices of two of three, or of all, for the cause of each, and is not sure of any", async () => {
  const late = (of: "lamp/1" | "lamp/2" | "lamp/3") =>
    ({ of, signal: "io", unit: "seconds", was: 0.001, is: 0.4 }) as const;
  const slow = (on: "lamp/1" | "lamp/2" | "lamp/3") => ({ symptom: "slow", on }) as const;
  for (const those of [["lamp/1", "lamp/2"] as const, ["lamp/1", "lamp/2", "lamp/3"] as const]) {
    const { cause, options } = await diagnoseHall({ wrong: those.map(slow), figures: those.map(late) });

    const named = [cause, ...options].filter((one) => one?.mechanism === "slow-dependency" && one.verdict === "likely");
    expect(named.map((one) => `${one?.component}`).toSorted()).toEqual([...those]);
  }
});

test("rules is sure of the late devices of two of three where that of the third is as fast as ever, and neither is the other's", async () => {
  const device = (of: "lamp/1" | "lamp/2" | "lamp/3", is: number) =>
    ({ of, signal: "io", unit: "seconds", was: 0.001, is }) as const;
  const figures = [device("lamp/1", 0.4), device("lamp/2", 0.4), device("lamp/3", 0.001)];
  const wrong = (["lamp/1", "lamp/2"] as const).map((on) => ({ symptom: "slow", on }) as const);

  const { cause, options, propagation } = await diagnoseHall({ wrong, figures });

  const sure = [cause, ...options].filter((one) => one?.verdict === "confirmed");
  expect(sure.map((one) => `${one?.mechanism} of ${one?.component}`).toSorted()).toEqual([
    "slow-dependency of lamp/1",
    "slow-dependency of lamp/2",
  ]);
  expect(propagation.filter(({ from, to }) => from !== to)).toEqual([]);
});

test("rules is sure of a slow way and of no cut where every answer comes late, and of a cut where none does", async () => {
  const named = async (answers: "late" | "none") => {
    const wrong = [...HALL.wrong, { symptom: "unreachable", on: "lamp/2", entity: "lamp/2" }] as const;
    const { cause } = await diagnoseHall({ ...HALL, wrong, brokenFrom: ["lamp/2"], answers: { "lamp/2": answers } });
    return cause && `${cause.verdict} ${cause.mechanism} of ${cause.component}`;
  };

  expect(await named("late")).toBe("confirmed slow-dependency of lamp/2");
  expect(await named("none")).toBe("confirmed partition of lamp/2");
});

test("rules names no slow way of one where the answers to all come late", async () => {
  const lamps = ["lamp/1", "lamp/2", "lamp/3"] as const;
  const late = { "lamp/1": "late", "lamp/2": "late", "lamp/3": "late" } as const;

  const { cause } = await diagnoseHall({ ...HALL, brokenFrom: lamps, answers: late });

  expect(cause?.component).not.toBe("lamp/2");
});

test.each([
  ["confirms", "are as fast as ever", 0.001, "confirmed", ["lamp/2", "lamp/3"]],
  ["is not sure of", "wait half as long as ever before", 0.05, "likely", []],
] as const)(
  "rules %s a slow way by the slowest answers alone where others %s",
  async (_, _how, waits, verdict, told) => {
    const named = (of: "lamp/1" | "lamp/2" | "lamp/3", was: number, is: number): Figure => {
      return { of, signal: "network", unit: "seconds", was, is, name: "wait_p99_seconds" };
    };
    const { cause } = await diagnoseHall({
      wrong: [{ symptom: "slow", on: "lamp/1" }],
      figures: [named("lamp/1", 0.001, 0.1), named("lamp/2", waits, waits), named("lamp/3", 0.001, 0.001)],
    });

    expect(cause).toMatchObject({ component: "lamp/1", mechanism: "slow-dependency", verdict });
    const others = cause?.claims.flatMap(({ side, outcome, predicate }) =>
      side === "against" && outcome === "false" && predicate.kind === "moved" && predicate.metric === "wait_p99_seconds"
        ? predicate.labels["component"]
        : [],
    );
    expect(others).toEqual([...told]);
  },
);
