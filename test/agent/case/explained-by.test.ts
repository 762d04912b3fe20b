import { expect, test } from "bun:test";
import { explainedBy } from "../../../src/agent/case/explained-by.ts";
import { aCase, aTicket } from "../cases.ts";

const INVARIANTS = (["unreachable", "slow", "clock"] as const).map((symptom) => {
  return { id: symptom, severity: "critical", graceMs: 0, rationale: "", symptom } as const;
});

/** clients/all → lamp/1 → mains/1 → plant/1, and lamp/9 by itself. */
const CASE = aCase({
  invariants: [...INVARIANTS, { id: "odd", severity: "info", graceMs: 0, rationale: "" }],
  topology: {
    components: [],
    links: [],
    groups: [{ id: "group/hall", members: ["lamp/1", "lamp/9"], minimumUp: 1 }],
  },
  picture: {
    atMs: 2000,
    components: [{ id: "cluster/house", kind: "cluster", state: "up" }],
    links: [
      { from: "clients/all", to: "lamp/1", kind: "sight", state: "up" },
      { from: "lamp/1", to: "mains/1", kind: "wire", state: "up" },
      { from: "mains/1", to: "plant/1", kind: "wire", state: "up" },
    ],
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

test("explainedBy() goes by the components on which the entities of a ticket are now", () => {
  const ticket = aTicket({ on: "lamp/9", invariant: "slow", affected: ["key/a"] });
  const said = {
    invariant: "slow",
    entity: "key/a",
    verdict: "violated",
    reason: "",
    summary: "",
    evidence: {},
  } as const;
  const cause = { component: "mains/1", mechanism: "crash" } as const;

  const moved = { ...CASE, tickets: [ticket], judgements: [{ ...said, on: "lamp/1", readAtMs: 1 } as const] };

  expect(explainedBy(cause, { ...CASE, tickets: [ticket] })).toEqual([]);
  expect(explainedBy(cause, moved)).toEqual([ticket]);
});

test("explainedBy() does not go by an entity that cannot be judged while others of its ticket are violated elsewhere", () => {
  const ticket = aTicket({ on: "plant/1", invariant: "unreachable", affected: ["lamp/1", "plant/1"] });
  const said = { invariant: "unreachable", reason: "", summary: "", evidence: {}, readAtMs: 1 } as const;
  const dark = { ...said, entity: "lamp/1", on: "lamp/1", verdict: "unknown" } as const;
  const violated = { ...said, entity: "plant/1", on: "plant/1", verdict: "violated" } as const;
  const cause = { component: "lamp/1", mechanism: "crash" } as const;

  const beside = explainedBy(cause, { ...CASE, tickets: [ticket], judgements: [dark, violated] });
  const alone = explainedBy(cause, { ...CASE, tickets: [ticket], judgements: [dark] });

  expect(beside).toEqual([]);
  expect(alone).toEqual([ticket]);
});
