import { expect, test } from "bun:test";
import * as v from "valibot";
import { Conclusion } from "../../../../src/core/diagnosis/diagnosis.ts";
import { isRuledOut } from "../../../../src/core/diagnosis/hypothesis.ts";

import { diagnoseHall, type Figure } from "./halls.ts";
import { diagnose, LAMPS, rejected, type Trouble } from "./lamps.ts";

test("rules finds a crash, confirms it by claims, and rejects hang, partition and dependency loss", async () => {
  const diagnosis = await diagnose({ components: { "lamp/2": ["down", "refused"] }, tickets: ["lamp/2"] });

  expect(diagnosis.cause).toMatchObject({ component: "lamp/2", mechanism: "crash", verdict: "confirmed" });
  expect(diagnosis.cause?.claims.filter(({ side }) => side === "for").map(({ outcome }) => outcome)).toEqual([
    "true",
    "true",
    "true",
    "true",
  ]);
  expect(rejected(diagnosis)).toEqual({
    hang: 'lamp/2 probe is "refused"',
    partition: 'lamp/2 state is "down"',
    "dependency-loss": 'mains/1 state is "up"',
  });
  expect(v.is(Conclusion, JSON.parse(JSON.stringify(diagnosis)))).toBe(true);
});

test.each([
  ["crash", ["down", "refused"], "exited"],
  ["hang", ["down", "timed-out"], "hung"],
  ["hang", ["down", "timed-out"], "running"],
] as const)("rules cites for a %s what the deployment knows of the process", async (mechanism, seen, state) => {
  const trouble: Trouble = { components: { "lamp/2": seen }, processes: { "lamp/2": state }, tickets: ["lamp/2"] };

  const { cause } = await diagnose(trouble);

  expect(cause).toMatchObject({ component: "lamp/2", mechanism, verdict: "confirmed" });
  expect(cause?.claims).toContainEqual(
    expect.objectContaining({ outcome: "true", figure: `lamp/2 process.state is "${state}"` }),
  );
});

test("rules is as sure of a crash where one of its tickets only waits out its hold-down", async () => {
  const trouble = { components: { "lamp/2": ["down", "refused"] }, tickets: ["lamp/2"], over: ["lamp/2"] } as const;
  const diagnosis = await diagnose(trouble);

  expect(diagnosis.cause).toMatchObject({ component: "lamp/2", mechanism: "crash", verdict: "confirmed" });
});

test("rules tells a hang from a crash by how the probe failed, and shows what it ruled out", async () => {
  const diagnosis = await diagnose({ components: { "lamp/2": ["down", "timed-out"] }, tickets: ["lamp/2"] });

  expect(diagnosis.cause).toMatchObject({ component: "lamp/2", mechanism: "hang", verdict: "confirmed" });
  const crash = diagnosis.options.find(({ mechanism }) => mechanism === "crash");
  expect(crash?.claims.filter(isRuledOut).map(({ figure }) => figure)).toContain('lamp/2 probe is "timed-out"');
});

test("rules takes a component that left without a trace for crashed", async () => {
  const diagnosis = await diagnose({ components: { "lamp/2": ["down"] }, tickets: ["lamp/2"] });

  expect(diagnosis.cause).toMatchObject({ component: "lamp/2", mechanism: "crash", verdict: "confirmed" });
});

test("rules finds a partition where both ends of a broken link are up", async () => {
  const diagnosis = await diagnose({ brokenLinksFrom: ["lamp/3"], tickets: ["lamp/3"] });

  expect(diagnosis.cause).toMatchObject({ component: "lamp/3", mechanism: "partition", verdict: "confirmed" });
});

test.each([
  ["unread", "likely"],
  ["late", undefined],
  ["in-time", undefined],
] as const)("rules confirms no partition where what comes back is %s", async (answers, verdict) => {
  const diagnosis = await diagnose({ brokenLinksFrom: ["lamp/3"], tickets: ["lamp/3"], answers });

  const partition = [diagnosis.cause].find((found) => found?.mechanism === "partition");
  expect(partition?.verdict).toBe(verdict);
});

test("rules names a slow way where answers come back after those who wait have given up", async () => {
  const { cause } = await diagnose({ brokenLinksFrom: ["lamp/3"], tickets: ["lamp/3"], answers: "late" });

  expect(cause).toMatchObject({ component: "lamp/3", mechanism: "slow-dependency" });
});

test("rules confirms no partition where nobody else reaches the other end either", async () => {
  const diagnosis = await diagnose({ brokenLinksFrom: LAMPS, tickets: [...LAMPS, "mains/1"] });

  expect(diagnosis.cause).toBeUndefined();
  const partition = diagnosis.options.find(
    ({ component, mechanism }) => `${mechanism} ${component}` === "partition lamp/1",
  );
  expect(partition?.rejectedBecause).toBe("link from lamp/2 to mains/1 is down");
});

test("rules confirms no partition while nobody else is seen to reach the other end", async () => {
  const alone = { "lamp/1": ["down", "refused"], "lamp/2": ["down", "refused"] } as const;
  const diagnosis = await diagnose({
    components: alone,
    brokenLinksFrom: ["lamp/3"],
    unseenLinksFrom: ["lamp/1", "lamp/2"],
    tickets: ["lamp/3"],
  });

  const partition = [diagnosis.cause, ...diagnosis.options].find(
    (found) => found?.mechanism === "partition" && found.component === "lamp/3",
  );
  expect(partition?.verdict).toBe("likely");
});

test("rules confirms no partition where links to the other end come and go", async () => {
  const earlier = [
    { atMs: 1600, brokenFrom: LAMPS },
    { atMs: 1800, brokenFrom: ["lamp/2"] },
  ] as const;
  const diagnosis = await diagnose({ brokenLinksFrom: ["lamp/2"], tickets: ["lamp/2"], earlier });

  expect(diagnosis.cause).toBeUndefined();
});

test("rules finds what is cut off although all have lost the other end for a moment", async () => {
  const earlier = [
    { atMs: 1500, brokenFrom: LAMPS },
    { atMs: 1550, brokenFrom: ["lamp/2"] },
  ] as const;
  const diagnosis = await diagnose({ brokenLinksFrom: ["lamp/2"], tickets: ["lamp/2"], earlier });

  expect(diagnosis.cause).toMatchObject({ component: "lamp/2", mechanism: "partition", verdict: "confirmed" });
});

test("rules does not take for hung what answers now and then", async () => {
  const earlier = [
    { atMs: 1600, brokenFrom: [], down: ["lamp/2"] },
    { atMs: 1800, brokenFrom: [] },
  ] as const;
  const diagnosis = await diagnose({ components: { "lamp/2": ["down", "timed-out"] }, tickets: ["lamp/2"], earlier });

  expect(diagnosis.cause).toBeUndefined();
});

test("rules names a hang that comes and goes while the process is seen to stand still", async () => {
  const earlier = [
    { atMs: 1600, brokenFrom: [], down: ["lamp/2"] },
    { atMs: 1800, brokenFrom: [] },
  ] as const;
  const trouble = { components: { "lamp/2": ["down", "timed-out"] }, tickets: ["lamp/2"], earlier } as const;

  const stopped = await diagnose({ ...trouble, processes: { "lamp/2": "hung" } });
  const running = await diagnose({ ...trouble, processes: { "lamp/2": "running" } });

  expect(stopped.cause).toMatchObject({ component: "lamp/2", mechanism: "hang", verdict: "confirmed" });
  expect(running.cause).toBeUndefined();
});

test.each([
  { components: { "lamp/2": ["down", "timed-out"] }, tickets: ["lamp/2"], glimpse: true },
  { brokenLinksFrom: ["lamp/2"], tickets: ["lamp/2"], glimpse: true },
] satisfies readonly Trouble[])("rules confirms neither hang nor partition at the first glimpse", async (trouble) => {
  expect((await diagnose(trouble)).cause).toBeUndefined();
});

test("rules blames what others depend on, and says how the trouble travels", async () => {
  const diagnosis = await diagnose({
    components: { "mains/1": ["down", "refused"] },
    brokenLinksFrom: LAMPS,
    tickets: LAMPS,
  });

  expect(diagnosis.cause).toMatchObject({ component: "mains/1", mechanism: "crash", verdict: "confirmed" });
  expect(diagnosis.affected).toEqual([...LAMPS]);
  expect(diagnosis.propagation.map(({ to }) => to)).toEqual([...LAMPS]);
});

test.each([
  ["confirmed", "the other went down later", ["lamp/2"], LAMPS],
  [undefined, "all went down at once", [...LAMPS, "mains/1"], LAMPS],
  [undefined, "the other went down before", ["mains/1"], LAMPS],
  ["confirmed", "both went down at once and the rest run on", ["lamp/2", "mains/1"], ["lamp/2"]],
] as const)(
  "rules takes a component for crashed beside what it needs: %s where %s",
  async (verdict, _when, earlier, ended) => {
    const down = Object.fromEntries([...ended, "mains/1"].map((id) => [id, ["down", "refused"] as const]));
    const { cause, options } = await diagnose({
      components: down,
      tickets: ["lamp/2"],
      earlier: [{ atMs: 1600, brokenFrom: [], down: earlier }],
    });

    const crashed = [cause, ...options].find((one) => one?.component === "lamp/2" && one.mechanism === "crash");
    expect(crashed?.verdict === "confirmed" ? crashed.verdict : undefined).toBe(verdict);
  },
);

test("rules names no cause where nothing it knows is carried by what was seen", async () => {
  const diagnosis = await diagnose({ tickets: ["lamp/1"] });

  expect(diagnosis.cause).toBeUndefined();
  expect(diagnosis.unknowns).toContain("No known failure mechanism fits the evidence");
  expect(diagnosis.options.length).toBeGreaterThan(0);
});

test("rules does not blame what the trouble does not touch", async () => {
  const diagnosis = await diagnose({ components: { "lamp/3": ["down", "refused"] }, tickets: ["lamp/1"] });

  expect(diagnosis.cause).toBeUndefined();
  expect(diagnosis.unknowns).toContain("lamp/3 is down, and nothing links it to this trouble");
});

test("rules blames a member where the trouble is that of the whole group", async () => {
  const diagnosis = await diagnose({ components: { "lamp/3": ["down", "refused"] }, tickets: ["group/lamps"] });

  expect(diagnosis.cause).toMatchObject({ component: "lamp/3", mechanism: "crash", verdict: "confirmed" });
});

test("rules says what it could not see", async () => {
  const diagnosis = await diagnose({
    components: { "lamp/2": ["down", "refused"], "lamp/3": ["unknown"] },
    tickets: ["lamp/2"],
    past: false,
  });

  expect(diagnosis.cause).toMatchObject({ component: "lamp/2", mechanism: "crash" });
  expect(diagnosis.unknowns).toEqual([
    "No look from before the trouble is on record",
    "The state of lamp/3 is unknown",
    "lamp/2 was not seen both before and now",
  ]);
});

test("rules blames of two components that are alike in everything the one whose series moved most", async () => {
  const full = (of: "lamp/1" | "lamp/2", was: number): Figure => ({ of, signal: "cpu", unit: "ratio", was, is: 0.95 });
  const wrong = [
    { symptom: "slow", on: "lamp/1" },
    { symptom: "slow", on: "lamp/2" },
  ] as const;

  const second = await diagnoseHall({ wrong, figures: [full("lamp/1", 0.3), full("lamp/2", 0.02)] });
  const first = await diagnoseHall({ wrong, figures: [full("lamp/1", 0.02), full("lamp/2", 0.3)] });

  expect(second.cause).toMatchObject({ component: "lamp/2", mechanism: "saturation" });
  expect(first.cause).toMatchObject({ component: "lamp/1", mechanism: "saturation" });
});

test("rules says whose series moved most where no mechanism accounts for it", async () => {
  const figures: readonly Figure[] = [{ of: "lamp/3", name: "glow", signal: "node", unit: "lumen", was: 1, is: 90 }];

  const { cause, unknowns } = await diagnoseHall({ wrong: [{ symptom: "slow", on: "lamp/1" }], figures });

  expect(cause).toBeUndefined();
  expect(unknowns).toContain("The series of lamp/3 moved first and most (glow)");
});
