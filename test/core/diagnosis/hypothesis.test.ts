import { expect, test } from "bun:test";
import type { Claim, Evidence, Predicate } from "../../../src/core/diagnosis/claims/mod.ts";
import {
  contradictionOf,
  distinguish,
  isRuledOut,
  type Proposition,
  remainingClaims,
  weigh,
} from "../../../src/core/diagnosis/hypothesis.ts";
import type { State } from "../../../src/core/system/picture.ts";
import type { LookRecord } from "../../../src/core/system/timeline.ts";
import { MECHANISMS } from "../../../src/core/words/mechanism.ts";
import type { ProbeOutcome } from "../../../src/core/words/probe-outcome.ts";

const down = stateIs("lamp/2", "state", "down");
const refused = stateIs("lamp/2", "probe", "refused");
const otherUp = stateIs("lamp/1", "state", "up");
const broken: Evidence = {
  now: look("down", "refused"),
  before: look("up", "answered"),
  timeline: [],
  series: [],
};

test("weigh() confirms a cause on two true claims, one of them the mechanism's own sign", () => {
  expect(weigh(crash(down, refused), broken).verdict).toBe("confirmed");
  expect(weigh(crash(down), broken).verdict).toBe("likely");
  expect(weigh(crash(refused, otherUp), broken).verdict).toBe("inconclusive");
  expect(weigh(crash(), broken).verdict).toBe("inconclusive");
});

test("weigh() strikes a false claim, keeps it visible, and does not confirm over it", () => {
  const claimsHang = stateIs("lamp/2", "probe", "timed-out");

  const { claims, verdict } = weigh(crash(down, refused, claimsHang), broken);

  expect(claims.filter(isRuledOut)).toEqual([
    { side: "for", predicate: claimsHang, outcome: "false", figure: 'lamp/2 probe is "refused"', persistent: false },
  ]);
  expect(verdict).toBe("likely");
});

test("weigh() lets one true claim against a cause sink it", () => {
  const { verdict } = weigh(
    { ...crash(down, refused), claims: [supports(down), supports(refused), { side: "against", predicate: otherUp }] },
    broken,
  );

  expect(verdict).toBe("inconclusive");
});

test("weigh() confirms nothing while what would refute it was never read", () => {
  const unread = stateIs("lamp/1", "process.state", "exited");
  const weighed = weigh(
    { ...crash(down, refused), claims: [supports(down), supports(refused), { side: "against", predicate: unread }] },
    broken,
  );

  expect(weighed.claims.at(-1)).toMatchObject({ outcome: "unknown" });
  expect(weighed.verdict).toBe("likely");
});

test("weigh() confirms no mechanism on claims that do not show it", () => {
  const confirmed = MECHANISMS.filter(
    (mechanism) => weigh({ ...crash(down, refused), mechanism }, broken).verdict === "confirmed",
  );

  expect(confirmed).toEqual(["crash"]);
});

test.each([
  ["lamp/2", "confirmed"],
  ["lamp/1", "inconclusive"],
] as const)("weigh() takes a level of %s for a sign of lamp/2 only where it is its own: %s", (component, verdict) => {
  const healthy = Array.from({ length: 20 }, (_, index) => ({ atMs: index, value: 1 }));
  const since = Array.from({ length: 5 }, (_, index) => ({ atMs: 20 + index, value: 9 }));
  const series = [{ metric: "heat", labels: { component }, points: [...healthy, ...since] }];
  const warm: Predicate = { kind: "moved", metric: "heat", labels: { component }, direction: "up", sinceMs: 20 };
  const now = { ...broken.now, picture: { ...broken.now.picture, atMs: 30 } };

  const weighed = weigh({ ...crash(warm, refused), mechanism: "saturation" }, { ...broken, now, series });

  expect(weighed.verdict).toBe(verdict);
});

test("weigh() takes no verdict on something else for a sign that a component was configured otherwise", () => {
  const said = (entity: "lamp/2" | "key/a") => {
    return {
      invariant: "set",
      entity,
      on: "lamp/2",
      verdict: "violated",
      reason: "differs",
      summary: "",
      evidence: {},
    } as const;
  };
  const now = { ...broken.now, judgements: [said("lamp/2"), said("key/a")] };
  const claim = (entity: "lamp/2" | "key/a") =>
    ({ kind: "verdict-is", invariant: "set", entity, verdict: "violated", reason: "differs" }) as const;
  const weighed = (...claims: readonly Predicate[]) =>
    weigh({ ...crash(...claims), mechanism: "configuration-change" }, { ...broken, now }).verdict;

  expect(weighed(claim("key/a"), refused)).toBe("inconclusive");
  expect(weighed(claim("lamp/2"), refused)).toBe("confirmed");
});

test("distinguish() leaves a cause likely where a rival mechanism makes every one of its true claims as well", () => {
  const own = weigh(crash(down, refused), broken);
  const rival = weigh({ ...crash(down, refused, otherUp), component: "lamp/2", mechanism: "crash" }, broken);
  const partition = { ...rival, mechanism: "partition" } as const;
  const refuted = { ...partition, verdict: "inconclusive" } as const;

  expect(distinguish([own, partition]).map(({ verdict }) => verdict)).toEqual(["likely", "confirmed"]);
  expect(distinguish([own, refuted]).map(({ verdict }) => verdict)).toEqual(["confirmed", "inconclusive"]);
  expect(distinguish([own, rival]).map(({ verdict }) => verdict)).toEqual(["confirmed", "confirmed"]);
});

test("weigh() marks as persistent what is wrong, lasts and was not so before", () => {
  const { claims } = weigh(crash(down, refused, otherUp, stateIs("lamp/1", "probe", "answered")), broken);

  expect(claims.map(({ persistent }) => persistent)).toEqual([true, true, false, false]);
});

test("remainingClaims() keeps a cause until a look shows that it is gone; not seeing it is not enough", () => {
  const cause = weigh(crash(down, refused, otherUp), broken);
  const after = (now: LookRecord): number => remainingClaims(cause, { now, timeline: [], series: [] }).length;

  expect(after(look("down", "refused"))).toBe(2);
  expect(after(look("unknown", "timed-out"))).toBe(1);
  expect(after(look("up", "answered"))).toBe(0);
});

test("contradictionOf() names a claim against the cause that has become true, or that nothing of its sign is left", () => {
  const hung: Claim = { side: "against", predicate: stateIs("lamp/2", "probe", "timed-out") };
  const cause = weigh({ ...crash(down, refused), claims: [supports(down), supports(refused), hung] }, broken);
  const against = (now: LookRecord): string | undefined => contradictionOf(cause, { now, timeline: [], series: [] });

  expect(against(look("down", "refused"))).toBeUndefined();
  expect(against(look("unknown", "refused"))).toBeUndefined();
  expect(against(look("down", "timed-out"))).toBe('lamp/2 probe is "timed-out"');
  expect(against(look("up", "answered"))).toBe('lamp/2 state is "up"');
});

function crash(...claims: readonly Predicate[]): Proposition {
  return { component: "lamp/2", mechanism: "crash", summary: "lamp/2 burnt out", claims: claims.map(supports) };
}

function supports(predicate: Predicate): Claim {
  return { side: "for", predicate };
}

function stateIs(component: "lamp/1" | "lamp/2", path: string, value: string): Predicate {
  return { kind: "state-is", component, path, comparison: "is", value };
}

function look(state: State, probe: ProbeOutcome): LookRecord {
  return {
    picture: {
      atMs: 0,
      components: [
        { id: "lamp/1", kind: "lamp", state: "up", probe: "answered" },
        { id: "lamp/2", kind: "lamp", state, probe },
      ],
      links: [],
      series: [],
    },
    judgements: [],
  };
}
