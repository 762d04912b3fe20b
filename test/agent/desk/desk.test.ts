import { expect, test } from "bun:test";
import { BudgetSpentError, DEFAULT_LIMITS, openBudget } from "../../../src/agent/budgets.ts";
import { NotAvailableError } from "../../../src/agent/desk/sources.ts";
import { storedSources } from "../../../src/agent/desk/stored.ts";
import type { Claim } from "../../../src/core/diagnosis/claims/mod.ts";
import type { Step } from "../../../src/core/diagnosis/investigation.ts";
import { aCase, aTicket, storedDesk } from "../cases.ts";

const CASE = aCase({
  tickets: [aTicket({ invariant: "shines", on: "lamp/2" })],
  topology: {
    components: [
      { id: "lamp/2", kind: "lamp" },
      { id: "mains/1", kind: "mains" },
    ],
    links: [{ from: "lamp/2", to: "mains/1", kind: "wire" }],
    groups: [],
  },
  picture: {
    atMs: 2000,
    components: [
      { id: "lamp/2", kind: "lamp", state: "down", probe: "refused" },
      { id: "mains/1", kind: "mains", state: "down", probe: "refused" },
    ],
    links: [{ from: "lamp/2", to: "mains/1", kind: "wire", state: "down" }],
    series: [],
  },
});

const IS_DOWN = says("lamp/2", "down");
const { signal } = new AbortController();

test("desk.ask() charges one call, keeps what it found whole under an id, and records the step", async () => {
  const { desk, steps } = openDesk();

  const first = await desk.ask("components", {}, signal);
  const second = await desk.ask("verdicts", { component: "lamp/2" }, signal);

  expect([first.id, second.id]).toEqual(["e1", "e2"]);
  expect(desk.findings()).toEqual([first, second]);
  expect(desk.budget.spent().toolCalls).toBe(2);
  expect(steps).toMatchObject([
    { kind: "asked", summary: "e1 components: 2 components, 2 of them down" },
    { kind: "asked" },
  ]);
});

test("desk.ask() refuses a query that there is not, and input that does not fit: charged, recorded, nothing found", async () => {
  const { desk, steps } = openDesk();

  await expect(desk.ask("reboot", {}, signal)).rejects.toThrow(
    'Cannot find query "reboot", expected one of components',
  );
  await expect(desk.ask("logs", { component: "lamp" }, signal)).rejects.toThrow(
    'Cannot use input of query "logs" at "component"',
  );

  expect(desk.findings()).toEqual([]);
  expect(desk.budget.spent().toolCalls).toBe(2);
  expect(steps.map(({ kind }) => kind)).toEqual(["refused", "refused"]);
});

test("desk.ask() for what a case file does not have says so and charges nothing", async () => {
  const { desk, steps } = openDesk();

  for (const [query, input] of [
    ["look", {}],
    ["logs", { component: "lamp/2" }],
    ["inspect", { component: "lamp/2", inspection: "config" }],
  ] as const) {
    await expect(desk.ask(query, input, signal)).rejects.toThrow(NotAvailableError);
  }

  expect(desk.budget.spent().toolCalls).toBe(0);
  expect(steps[0]?.summary).toBe("look: A fresh look is not available: this is a case file");
});

test("desk.ask() stops when the budget is spent, overrun by no call", async () => {
  const { desk } = openDesk({ toolCalls: 1 });

  await desk.ask("history", {}, signal);

  await expect(desk.ask("history", {}, signal)).rejects.toThrow(BudgetSpentError);
  expect(desk.findings()).toHaveLength(1);
});

test("desk.ask() keeps secrets out of what it found and out of the record", async () => {
  const changes = [{ atMs: 1, summary: "set: password=hunter2", by: "person/ada" }];
  const { desk, steps } = openDesk({}, { ...CASE, changes });

  await desk.ask("changes", {}, signal);

  expect(JSON.stringify([desk.findings(), steps])).not.toContain("hunter2");
});

test("desk.weigh() leaves a cause likely of which a rival mechanism makes every claim as well, whichever came first", () => {
  const { desk } = openDesk();
  const refused: Claim = {
    side: "for",
    predicate: { kind: "state-is", component: "lamp/2", path: "probe", comparison: "is", value: "refused" },
  };
  const isCut: Claim = { side: "for", predicate: { kind: "link-broken", from: "lamp/2", to: "mains/1" } };
  const crash = { component: "lamp/2", mechanism: "crash", summary: "Out", claims: [IS_DOWN, refused] } as const;
  const cut = {
    component: "lamp/2",
    mechanism: "partition",
    summary: "Cut",
    claims: [...crash.claims, isCut],
  } as const;

  const [alone] = desk.weigh([crash]);
  const [rival] = desk.weigh([cut]);

  expect([alone?.verdict, rival?.verdict]).toEqual(["confirmed", "confirmed"]);
  expect(desk.conclude({ engine: "toy", cause: "h1" }).cause?.verdict).toBe("likely");
});

test("desk.claim() weighs on what was found, and adds to its hypothesis", () => {
  const { desk, steps } = openDesk();
  const [weighed] = desk.weigh([{ component: "lamp/2", mechanism: "crash", summary: "Out", claims: [IS_DOWN] }]);

  const right = desk.claim("h1", says("lamp/2", "refused", "probe"));
  const wrong = desk.claim("h1", says("lamp/2", "timed-out", "probe"));

  expect(weighed).toMatchObject({ id: "h1", verdict: "likely" });
  expect([right.outcome, wrong.outcome]).toEqual(["true", "false"]);
  expect(steps.map(({ kind }) => kind)).toEqual(["weighed", "claimed", "claimed"]);
  expect(steps[0]?.summary).toBe("1 hypothesis: h1 crash of lamp/2, likely");
});

test("desk.claim() refuses evidence that nobody has found, and a hypothesis that nobody has proposed", async () => {
  const { desk } = openDesk();
  desk.weigh([{ component: "lamp/2", mechanism: "crash", summary: "Out", claims: [] }]);
  await desk.ask("components", {}, signal);

  expect(() => desk.claim("h1", { ...IS_DOWN, cites: ["e7"] })).toThrow(
    'Cannot cite "e7": nothing of that id was found',
  );
  expect(() => desk.claim("h9", IS_DOWN)).toThrow('Cannot find hypothesis "h9", expected h1');
  expect(desk.claim("h1", { ...IS_DOWN, cites: ["e1"] })).toMatchObject({ outcome: "true", cites: ["e1"] });
});

test("desk.conclude() fills in what code can say: affected, propagation, why options fell, what is not known", () => {
  const { desk } = openDesk();
  const probe = says("mains/1", "refused", "probe");
  desk.weigh([
    { component: "mains/1", mechanism: "crash", summary: "Out", claims: [says("mains/1", "down"), probe] },
    { component: "lamp/2", mechanism: "crash", summary: "Out", claims: [IS_DOWN, refutes("mains/1", "down")] },
    { component: "lamp/2", mechanism: "hang", summary: "Silent", claims: [IS_DOWN] },
    { component: "lamp/2", mechanism: "partition", summary: "Cut", claims: [says("lamp/2", "up")] },
  ]);
  desk.reject("h3", "It refuses at once");

  const conclusion = desk.conclude({ engine: "test", cause: "h1" });

  expect(conclusion).toMatchObject({
    engine: "test",
    cause: { component: "mains/1", mechanism: "crash", verdict: "confirmed" },
    affected: ["lamp/2"],
    propagation: [{ from: "mains/1", to: "lamp/2" }],
    confidence: 0.95,
    unknowns: ["No look from before the trouble is on record"],
  });
  expect(Object.fromEntries(conclusion.options.map((one) => [one.mechanism, one.rejectedBecause]))).toEqual({
    crash: 'mains/1 state is "down"',
    hang: "It refuses at once",
    partition: 'lamp/2 state is "down"',
  });
  expect(conclusion.cause).not.toHaveProperty("id");
});

test("desk.conclude() without a cause says so, with the confidence of not knowing", () => {
  const { desk, steps } = openDesk();

  const conclusion = desk.conclude({ engine: "test", unknowns: ["Nothing fits"] });

  expect(conclusion.cause).toBeUndefined();
  expect(conclusion.confidence).toBe(0.3);
  expect(conclusion.unknowns[0]).toBe("Nothing fits");
  expect(steps.at(-1)).toMatchObject({ kind: "concluded", summary: "No cause was found" });
});

function openDesk(limits = {}, given = CASE) {
  const steps: Step[] = [];
  const budget = openBudget({ ...DEFAULT_LIMITS, ...limits }, { monotonic: () => 0 });
  const sources = storedSources(given);
  return { steps, desk: storedDesk(given, { budget, sources, record: (step) => steps.push(step) }) };
}

function says(component: "lamp/2" | "mains/1", value: string, path = "state"): Claim {
  return { side: "for", predicate: { kind: "state-is", component, path, comparison: "is", value } };
}

function refutes(component: "lamp/2" | "mains/1", value: string): Claim {
  return { ...says(component, value), side: "against" };
}
