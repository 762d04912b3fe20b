import { expect, test } from "bun:test";
import { MECHANISM_RULES } from "../../../../src/agent/engines/rules/mechanisms/mod.ts";
import { explainedBy } from "../../../../src/agent/engines/rules/reach.ts";
import { SYMPTOMS } from "../../../../src/core/words/symptom.ts";
import { aCase, aTicket } from "../../cases.ts";

const INVARIANTS = (["unreachable", "slow", "clock"] as const).map((symptom) => {
  return { id: symptom, severity: "critical", graceMs: 0, rationale: "", symptom } as const;
});

/** clients/all → lamp/1 → mains/1 → plant/1, and lamp/9 by itself. */
const CASE = aCase({
  invariants: [...INVARIANTS, { id: "odd", severity: "info", graceMs: 0, rationale: "" }],
  topology: {
    components: [],
    links: [
      { from: "clients/all", to: "lamp/1", kind: "sight" },
      { from: "lamp/1", to: "mains/1", kind: "wire" },
      { from: "mains/1", to: "plant/1", kind: "wire" },
    ],
    groups: [{ id: "group/hall", members: ["lamp/1", "lamp/9"], minimumUp: 1 }],
  },
  picture: {
    atMs: 2000,
    components: [{ id: "cluster/house", kind: "cluster", state: "up" }],
    links: [],
    series: [],
  },
});

test.each([
  ["mains/1", "unreachable", true],
  ["mains/1", "clock", false],
  ["lamp/1", "slow", true],
  ["clients/all", "slow", true],
  ["group/hall", "slow", true],
  ["cluster/house", "slow", true],
  ["plant/1", "unreachable", false],
  ["lamp/9", "slow", false],
  ["mains/1", "odd", true],
] as const)("explainedBy() says of a crash of mains/1 and a ticket on %s that shows %s: %p", (on, invariant, isSo) => {
  const ticket = aTicket({ on, invariant });

  const explained = explainedBy({ component: "mains/1", mechanism: "crash" }, { ...CASE, tickets: [ticket] });

  expect(explained).toEqual(isSo ? [ticket] : []);
});

test("explainedBy() explains nothing by a mechanism that the rules do not know", () => {
  const tickets = [aTicket({ on: "mains/1", invariant: "odd" })];

  expect(explainedBy({ component: "mains/1", mechanism: "saturation" }, { ...CASE, tickets })).toEqual([]);
});

test("every mechanism states which symptoms it brings about, and none brings about all of them at itself", () => {
  for (const { explains } of MECHANISM_RULES) {
    expect(explains.own.length).toBeGreaterThan(0);
    expect(explains.own.length).toBeLessThan(SYMPTOMS.length);
  }
  expect(new Set(MECHANISM_RULES.map(({ id }) => id)).size).toBe(MECHANISM_RULES.length);
});
