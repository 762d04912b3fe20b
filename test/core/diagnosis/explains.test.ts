import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Predicate } from "../../../src/core/diagnosis/claims/mod.ts";
import { type Cause, explains, rivalsOf, type Seen, shownOn } from "../../../src/core/diagnosis/explains.ts";
import { SYMPTOMS_OF } from "../../../src/core/diagnosis/symptoms.ts";
import type { ComponentId } from "../../../src/core/words/ids.ts";
import { MECHANISMS, type Mechanism } from "../../../src/core/words/mechanism.ts";
import { SYMPTOMS, type Symptom } from "../../../src/core/words/symptom.ts";

/** Callers ask two nodes, which keep what they know in one store; a disk is apart. */
const PICTURE: Seen = {
  components: (["callers/all", "node/1", "node/2", "store/a", "disk/x", "cluster/all"] as const).map((id) => {
    return { id, kind: id.slice(0, id.indexOf("/")), state: "up" } as const;
  }),
  links: (
    [
      ["callers/all", "node/1"],
      ["callers/all", "node/2"],
      ["node/1", "store/a"],
      ["node/2", "store/a"],
    ] as const
  ).map(([from, to]) => ({ from, to, kind: "tcp", state: "up" })),
};

/** A crash with the claim that more is asked of another since. */
function taken(by: ComponentId): Cause {
  const labels = { component: by };
  const predicate = { kind: "moved", metric: "asked", labels, direction: "up", sinceMs: 0, isEffect: true } as const;
  const claim = { side: "for", predicate, outcome: "true", figure: "", persistent: false } as const;
  return { component: by, mechanism: "crash", claims: [claim] };
}

const TABLE: readonly (readonly [why: string, cause: Cause, on: ComponentId, symptom: Symptom, so: boolean])[] = [
  ["its own", { component: "store/a", mechanism: "crash" }, "store/a", "unreachable", true],
  ["what needs it", { component: "store/a", mechanism: "crash" }, "node/2", "wrong-result", true],
  ["what needs that", { component: "store/a", mechanism: "crash" }, "callers/all", "slow", true],
  ["the whole", { component: "node/1", mechanism: "crash" }, "cluster/all", "wrong-result", true],
  ["load that others are seen to take over", { ...taken("node/2"), component: "node/1" }, "node/2", "slow", true],
  ["nothing of others who do as much as ever", { component: "node/1", mechanism: "crash" }, "node/2", "slow", false],
  ["no silence of a sibling", { component: "node/1", mechanism: "crash" }, "node/2", "unreachable", false],
  ["nothing of what it needs", { component: "node/1", mechanism: "crash" }, "store/a", "unreachable", false],
  ["nothing apart from it", { component: "store/a", mechanism: "crash" }, "disk/x", "slow", false],
  ["no clock", { component: "store/a", mechanism: "crash" }, "node/1", "clock", false],
  ["load of what needs it", { component: "store/a", mechanism: "configuration-change" }, "node/1", "load", true],
  [
    "nothing that clients ask",
    { component: "node/1", mechanism: "configuration-change" },
    "callers/all",
    "load",
    false,
  ],
  [
    "nothing clients ask",
    { component: "cluster/all", mechanism: "configuration-change" },
    "callers/all",
    "load",
    false,
  ],
  ["what clients ask themselves", { component: "callers/all", mechanism: "skewed-load" }, "callers/all", "load", true],
  ["what its load falls on", { component: "callers/all", mechanism: "load-surge" }, "store/a", "slow", true],
];

for (const [why, cause, on, symptom, so] of TABLE) {
  test(`explains() ${so ? "accounts for" : "does not:"} ${why}`, () => {
    expect(explains(cause, { symptom, components: [on] }, PICTURE)).toBe(so);
  });
}

test("explains() leaves to a rival what that brings about on itself, and nothing else", () => {
  const cause: Cause = {
    component: "store/a",
    mechanism: "hang",
    rivals: [{ component: "node/1", mechanism: "crash" }],
  };

  expect(explains(cause, { symptom: "slow", components: ["node/1"] }, PICTURE)).toBe(false);
  expect(explains(cause, { symptom: "slow", components: ["node/2"] }, PICTURE)).toBe(true);
  expect(explains(cause, { symptom: "slow", components: ["node/1", "node/2"] }, PICTURE)).toBe(true);
  expect(explains(cause, { symptom: "slow", components: ["callers/all"] }, PICTURE)).toBe(true);
  expect(explains(cause, { symptom: "unreachable", components: ["store/a"] }, PICTURE)).toBe(true);
});

test("rivalsOf() takes what is confirmed at other components, and no effect of the cause", () => {
  const cut = (component: ComponentId, to: ComponentId) => {
    const predicate = { kind: "link-broken", from: component, to } as const;
    const claim = { side: "for", predicate, outcome: "true", figure: "", persistent: true } as const;
    return { component, mechanism: "partition", verdict: "confirmed", claims: [claim] } as const;
  };
  const weighed = [
    { component: "node/1", mechanism: "crash", verdict: "confirmed", claims: [] },
    { component: "node/2", mechanism: "crash", verdict: "likely", claims: [] },
    { component: "node/2", mechanism: "slow-dependency", verdict: "confirmed", claims: [] },
    { component: "store/a", mechanism: "saturation", verdict: "confirmed", claims: [] },
    cut("node/2", "store/a"),
  ] as const;
  const named = (component: ComponentId): readonly string[] =>
    rivalsOf({ component, mechanism: "hang" }, weighed).map((one) => `${one.mechanism} of ${one.component}`);

  expect(named("store/a")).toEqual(["crash of node/1"]);
  expect(named("disk/x")).toEqual(["crash of node/1", "saturation of store/a", "partition of node/2"]);
  expect(named("cluster/all")).toContain("slow-dependency of node/2");
});

test("rivalsOf() takes what is slow by its own device or by its own way, which is no effect of a cause elsewhere", () => {
  const slow = (predicate: Predicate) => {
    const claim = { side: "for", predicate, outcome: "true", figure: "", persistent: true } as const;
    return { component: "node/2", mechanism: "slow-dependency", verdict: "confirmed", claims: [claim] } as const;
  };
  const moved = {
    kind: "moved",
    metric: "sync",
    labels: { component: "node/2" },
    direction: "up",
    sinceMs: 0,
  } as const;
  const late = { kind: "link-answers", from: "node/2", to: "store/a", come: "late" } as const;
  const isRival = (predicate: Predicate, cause: ComponentId): boolean =>
    rivalsOf({ component: cause, mechanism: "crash" }, [slow(predicate)]).length > 0;

  expect(isRival(moved, "node/1")).toBe(false);
  expect(isRival({ ...moved, isOwn: true }, "node/1")).toBe(true);
  expect(isRival(late, "node/1")).toBe(true);
  expect(isRival(late, "store/a")).toBe(false);
});

test("rivalsOf() takes who is slow alone of those that need the one at fault, where that acts on all alike", () => {
  const moved = (component: ComponentId, side: "for" | "against", outcome: "true" | "false") => {
    const predicate = { kind: "moved", metric: "wait", labels: { component }, direction: "up", sinceMs: 0 } as const;
    return { side, predicate, outcome, figure: "", persistent: true } as const;
  };
  const isRival = (mechanism: Mechanism, ...others: readonly ReturnType<typeof moved>[]): boolean => {
    const claims = [moved("node/1", "for", "true"), ...others];
    const slow = { component: "node/1", mechanism: "slow-dependency", verdict: "confirmed", claims } as const;
    return rivalsOf({ component: "store/a", mechanism }, [slow]).length > 0;
  };

  expect(isRival("configuration-change", moved("node/2", "against", "false"))).toBe(true);
  expect(isRival("configuration-change")).toBe(false);
  expect(isRival("configuration-change", moved("store/a", "against", "false"))).toBe(false);
  expect(isRival("saturation", moved("node/2", "against", "false"))).toBe(false);
});

test("rivalsOf() takes a likely cut between two others that are up, which no loss of a third brings about", () => {
  const claim = (side: "for" | "against", outcome: "true" | "false", predicate: Predicate) => {
    return { side, predicate, outcome, figure: "", persistent: true } as const;
  };
  const cut = (to: ComponentId, isDown: "true" | "false") => ({
    component: "node/2" as const,
    mechanism: "partition" as const,
    verdict: "likely" as const,
    claims: [
      claim("for", "true", { kind: "link-broken", from: "node/2", to }),
      claim("against", isDown, { kind: "state-is", component: to, path: "state", comparison: "is", value: "down" }),
    ],
  });
  const isRival = (one: ReturnType<typeof cut>): boolean =>
    rivalsOf({ component: "node/1", mechanism: "crash" }, [one]).length > 0;

  expect(isRival(cut("store/a", "false"))).toBe(true);
  expect(isRival(cut("store/a", "true"))).toBe(false);
  expect(isRival(cut("node/1", "false"))).toBe(false);
});

test("explains() leaves with a component that does not answer what cannot be seen of it, whatever it was", () => {
  const ticket = { symptom: "configuration", components: ["node/1"], isUnseen: true } as const;

  expect(explains({ component: "node/1", mechanism: "crash" }, ticket, PICTURE)).toBe(true);
  expect(explains({ component: "node/1", mechanism: "crash" }, { ...ticket, isUnseen: false }, PICTURE)).toBe(false);
  expect(explains({ component: "node/1", mechanism: "clock-skew" }, ticket, PICTURE)).toBe(false);
  expect(explains({ component: "store/a", mechanism: "crash" }, ticket, PICTURE)).toBe(false);
});

test("explains() looks at the components on which entities now are", () => {
  const cause: Cause = { component: "store/a", mechanism: "hang" };

  expect(explains(cause, { symptom: "slow", components: ["disk/x"] }, PICTURE)).toBe(false);
  expect(explains(cause, { symptom: "slow", components: ["disk/x", "node/1"] }, PICTURE)).toBe(true);
});

test("explains() takes nothing elsewhere for the reason that nobody listens", () => {
  const refused: Seen = {
    ...PICTURE,
    components: PICTURE.components.map((one) => (one.id === "node/1" ? { ...one, probe: "refused" } : one)),
  };
  const cause: Cause = { component: "store/a", mechanism: "crash" };

  expect(explains(cause, { symptom: "unreachable", components: ["node/1"] }, refused)).toBe(false);
  expect(explains(cause, { symptom: "unreachable", components: ["node/1"] }, PICTURE)).toBe(true);
});

test("explains() goes by the place alone where the invariant names no symptom", () => {
  const cause: Cause = { component: "store/a", mechanism: "clock-skew" };

  expect(explains(cause, { components: ["node/1"] }, PICTURE)).toBe(true);
  expect(explains(cause, { components: ["disk/x"] }, PICTURE)).toBe(false);
});

const component = fc.constantFrom<ComponentId>("p/1", "p/2", "p/3", "p/4", "p/5");
const system = fc.record({
  links: fc.array(fc.record({ from: component, to: component }), { maxLength: 10 }),
  cause: fc.record({ component, mechanism: fc.constantFrom(...MECHANISMS) }),
  on: component,
  symptom: fc.constantFrom(...SYMPTOMS),
});

test("explains() blames nothing for what its mechanism cannot bring about, and nothing that no link reaches", () => {
  fc.assert(
    fc.property(system, ({ links, cause, on, symptom }) => {
      const picture: Seen = { components: [], links: links.map((link) => ({ ...link, kind: "tcp", state: "up" })) };
      if (!explains(cause, { symptom, components: [on] }, picture)) return;
      const able = Object.values(SYMPTOMS_OF[cause.mechanism]).some((symptoms) => symptoms.includes(symptom));

      expect(able).toBe(true);
      expect(connected(links, cause.component)).toContain(on);
    }),
    { numRuns: 500 },
  );
});

test("explains() does not depend on the order of links or components, nor on links elsewhere", () => {
  fc.assert(
    fc.property(system, ({ links, cause, on, symptom }) => {
      const seen = (all: typeof links): Seen => {
        return { components: [], links: all.map((link) => ({ ...link, kind: "tcp", state: "up" })) };
      };
      const elsewhere = [...links.toReversed(), { from: "far/1", to: "far/2" } as const];
      const ticket = { symptom, components: [on] };

      expect(explains(cause, ticket, seen(elsewhere))).toBe(explains(cause, ticket, seen(links)));
    }),
    { numRuns: 500 },
  );
});

test("shownOn() counts the whole only where no part is named, neither now nor by the ticket", () => {
  expect(shownOn("store/a", ["cluster/all"])).toEqual(["store/a"]);
  expect(shownOn("cluster/all", ["cluster/all", "node/1", "node/1"])).toEqual(["node/1"]);
  expect(shownOn("cluster/all", ["cluster/all"])).toEqual(["cluster/all"]);
  expect(shownOn("store/a", [])).toEqual(["store/a"]);
});

test("explains() takes no failure for the reason of what it depends on, whatever is said of the whole", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...MECHANISMS),
      fc.constantFrom(...SYMPTOMS),
      fc.subarray<ComponentId>(["store/a", "cluster/all"]),
      (mechanism, symptom, now) => {
        const ticket = { symptom, components: shownOn("store/a", now) };

        expect(explains({ component: "node/1", mechanism }, ticket, PICTURE)).toBe(
          SYMPTOMS_OF[mechanism].dependencies?.includes(symptom) ?? false,
        );
      },
    ),
  );
});

function connected(
  links: readonly { readonly from: ComponentId; readonly to: ComponentId }[],
  start: ComponentId,
): readonly ComponentId[] {
  const reached = new Set([start]);
  for (const id of reached) {
    for (const { from, to } of links) {
      if (from === id) reached.add(to);
      if (to === id) reached.add(from);
    }
  }
  return [...reached];
}
