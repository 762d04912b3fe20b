import { expect, test } from "bun:test";
import { evidenceOf } from "../../../../src/agent/case/evidence.ts";
import { unreadWays } from "../../../../src/agent/engines/rules/unread.ts";
import type { Link, State } from "../../../../src/core/system/picture.ts";
import type { ComponentId } from "../../../../src/core/words/ids.ts";
import { aCase } from "../../cases.ts";
import { diagnoseHall, type Figure, type Hall, rate, SKEWED } from "./halls.ts";
import { diagnose } from "./lamps.ts";

const waiting: Figure = { of: "lamp/2", signal: "network", unit: "seconds", was: 0.01, is: 0.2 };

const INFERRED: readonly (readonly [mechanism: string, component: string, hall: Hall])[] = [
  ["slow-dependency", "lamp/2", { wrong: [{ symptom: "slow", on: "lamp/2" }], figures: [waiting] }],
  ["skewed-load", "people/all", SKEWED],
  [
    "load-surge",
    "people/all",
    {
      wrong: [{ symptom: "slow", on: "lamp/1" }],
      figures: [rate("people/all", 300, 3000), rate("lamp/1", 100, 1000)],
    },
  ],
];

const UNREAD: readonly (readonly [what: string, Partial<Hall>])[] = [
  ["the state of the links", { unread: "links-unknown" }],
  ["what happened", { unread: "events" }],
  ["the states of the lamps", { now: { "lamp/1": { state: "unknown" }, "lamp/2": { state: "unknown" } } }],
];

for (const [mechanism, component, hall] of INFERRED) {
  test(`rules confirms ${mechanism} by figures where links, states and events were read`, async () => {
    const { cause } = await diagnoseHall(hall);

    expect(cause).toMatchObject({ mechanism, component, verdict: "confirmed" });
  });

  test.each(UNREAD)(`rules is not sure of ${mechanism} by figures where nobody read %s`, async (_what, unread) => {
    const { cause, confidence } = await diagnoseHall({ ...hall, ...unread });

    expect(cause).toMatchObject({ mechanism, component, verdict: "likely" });
    expect(confidence).toBeLessThan(0.8);
    expect(cause?.claims).toContainEqual(expect.objectContaining({ side: "against", outcome: "unknown" }));
  });
}

test("rules is not sure of a slow way where the picture lacks the links of the topology", async () => {
  const { cause } = await diagnoseHall({
    wrong: [{ symptom: "slow", on: "lamp/2" }],
    figures: [waiting],
    unread: "links-missing",
  });

  expect(cause).toMatchObject({ mechanism: "slow-dependency", component: "lamp/2", verdict: "likely" });
});

test("rules finds changed settings by two looks where nobody read what happened", async () => {
  const { cause } = await diagnoseHall({
    wrong: [{ symptom: "configuration", on: "lamp/2", reason: "differs" }],
    now: { "lamp/2": { configHash: "bright" } },
    before: { "lamp/2": { configHash: "dim" } },
    unread: "events",
  });

  expect(cause).toMatchObject({ mechanism: "configuration-change", component: "lamp/2" });
  expect(cause?.claims).toContainEqual(
    expect.objectContaining({
      predicate: { kind: "changed", component: "lamp/2", change: "reconfigured" },
      outcome: "true",
    }),
  );
});

test("rules confirms a cause by figures beside a component that is down, whose links tell nothing more", async () => {
  const { cause } = await diagnoseHall({
    ...SKEWED,
    now: { "mains/1": { state: "down", probe: "refused" } },
    unread: "links-to-mains-unknown",
  });

  expect(cause).toMatchObject({ mechanism: "skewed-load", verdict: "confirmed" });
});

test("rules names whether a component crashed or hangs with little confidence where nobody read how it answers", async () => {
  const { cause, confidence } = await diagnose({
    components: { "lamp/2": ["unknown"] },
    earlier: [{ atMs: 1600, brokenFrom: [], down: ["lamp/2"] }],
    tickets: ["lamp/2"],
  });

  expect(cause).toMatchObject({ component: "lamp/2", verdict: "likely" });
  expect(confidence).toBeLessThan(0.8);
});

test("unreadWays() misses no way to what leads no more where one of its kind to another is read", () => {
  const toLeader = (to: ComponentId, state: State): Link => ({ from: "lamp/2", to, kind: "heartbeat", state });
  const components = (["lamp/2", "mains/1", "mains/2"] as const).map((id) => ({ id, kind: "", state: "up" as const }));
  const ways = (now: readonly Link[]): readonly string[] => {
    const given = aCase({
      topology: { components: [], links: [], groups: [] },
      pictureBefore: { atMs: 1000, components, links: [toLeader("mains/1", "up")], series: [] },
      picture: { atMs: 2000, components, links: now, series: [] },
    });
    const brief = { case: given, evidence: evidenceOf(given) };
    return unreadWays(new Set<ComponentId>(["lamp/2"]), brief).map(({ to }) => to);
  };

  expect(ways([toLeader("mains/2", "up")])).toEqual([]);
  expect(ways([toLeader("mains/2", "unknown")])).toEqual(["mains/2", "mains/1"]);
  expect(ways([])).toEqual(["mains/1"]);
});

test("rules is not sure of a hang where nobody read whether it answered in between, unless its process stands still", async () => {
  const silent = { state: "down", probe: "timed-out" } as const;
  const address = { address: "127.0.0.1:1", owner: "hall" } as const;
  const verdictOf = async (state: "hung" | undefined, unread: Hall["unread"]) => {
    const now = { "lamp/2": { ...silent, ...(state && { process: { ...address, state } }) } };
    const hall: Hall = { wrong: [{ symptom: "unreachable", on: "lamp/2" }], now, ...(unread && { unread }) };
    const { cause } = await diagnoseHall(hall);
    return `${cause?.verdict} ${cause?.mechanism}`;
  };

  expect(await verdictOf(undefined, undefined)).toBe("confirmed hang");
  expect(await verdictOf(undefined, "events")).toBe("likely hang");
  expect(await verdictOf("hung", "events")).toBe("confirmed hang");
});
