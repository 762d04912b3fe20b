import { expect, test } from "bun:test";
import * as v from "valibot";
import { digestOf } from "../../src/actions/digest.ts";
import { consider, type Offer } from "../../src/actions/suggest.ts";
import type { Hypothesis } from "../../src/core/diagnosis/hypothesis.ts";
import type { ActionRun, RunState } from "../../src/core/safety/action-run.ts";
import { type ActionPreview, type BoundAction, defineAction } from "../../src/core/subject/action.ts";
import type { Checkup } from "../../src/core/subject/checkup.ts";
import type { Risk } from "../../src/core/words/risk.ts";

const CAUSE: Hypothesis = {
  component: "lamp/2",
  mechanism: "crash",
  summary: "It burnt out",
  claims: [],
  verdict: "confirmed",
};
const NOW: Checkup = {
  startedAtMs: 10_000_000,
  elapsedMs: 1,
  judgements: [],
  picture: {
    atMs: 0,
    components: [
      { id: "lamp/1", kind: "lamp", state: "up" },
      { id: "lamp/2", kind: "lamp", state: "down" },
    ],
    links: [],
    series: [],
  },
  topology: {
    components: [
      { id: "lamp/1", kind: "lamp" },
      { id: "lamp/2", kind: "lamp" },
    ],
    links: [],
    groups: [{ id: "group/lamps", members: ["lamp/1", "lamp/2"], minimumUp: 1 }],
  },
  retired: [],
  sources: [],
  observation: {},
};

test("consider() suggests what says of itself that it fixes the cause, the least risky first", () => {
  const offered = offer([
    action("replace", { risk: "destructive" }),
    action("light", { risk: "reversible" }),
    action("paint", { fixes: () => undefined }),
    action("misfit", { fixes: () => ({ lamp: 2 }) }),
    { ...action("broken", {}), preview: fail },
  ]);

  const { suggestions } = consider({ cause: CAUSE }, NOW, offered);

  expect(suggestions).toEqual([
    { action: "light", input: { lamp: "lamp/2" }, risk: "reversible", expectedEffect: "it shines" },
    { action: "replace", input: { lamp: "lamp/2" }, risk: "destructive", expectedEffect: "it shines" },
  ]);
  expect(consider({ cause: { ...CAUSE, component: "lamp/9" } }, NOW, offered).suggestions).toEqual([]);
});

test("consider() proposes the first suggestion that is admissible", () => {
  const offered = offer([action("dim", { stops: ["lamp/1"] }), action("light", { risk: "disruptive" })]);

  const considered = consider({ cause: CAUSE }, NOW, offered);

  expect(considered).toMatchObject({ proposed: { action: "light", input: { lamp: "lamp/2" }, cause: CAUSE } });
  expect(considered.suggestions.map(({ action }) => action)).toEqual(["dim", "light"]);
});

test("consider() says why it refuses", () => {
  const secret = { lamp: "lamp/2", password: "hunter2" };
  const refusal = (...actions: readonly BoundAction[]): unknown =>
    Reflect.get(consider({ cause: CAUSE }, NOW, offer(actions)), "refused");

  expect(consider({}, NOW, offer([]))).toEqual({
    suggestions: [],
    ruledOut: [],
    refused: "No cause was found that an action could fix",
  });
  expect(refusal()).toBe("No offered action fixes crash of lamp/2");
  expect(refusal(action("light", { fixes: () => secret }))).toBe(
    "The fix for crash of lamp/2 contains what looks like a secret and cannot be shown",
  );
});

test("consider() rules out, and says so, what says of itself that it would change nothing here", () => {
  const idle = { ...action("light", {}), unfit: () => "lamp/2 is on" };

  expect(consider({ cause: CAUSE }, NOW, offer([idle, action("replace", { risk: "destructive" })]))).toMatchObject({
    suggestions: [{ action: "replace" }],
    ruledOut: [{ action: "light", because: "lamp/2 is on" }],
    proposed: { action: "replace" },
  });
  expect(consider({ cause: CAUSE }, NOW, offer([idle]))).toMatchObject({
    refused: "No remaining action fixes crash of lamp/2: light would change nothing, lamp/2 is on",
  });
});

test("consider() rules out what was found to change nothing about the same cause, as long as the cause looks the same", () => {
  const light = action("light", {});
  const seen = (value: string): Hypothesis => ({
    ...CAUSE,
    claims: [
      {
        side: "for",
        predicate: { kind: "state-is", component: "lamp/2", path: "process.state", comparison: "is", value },
        outcome: "true",
        figure: "",
        persistent: true,
      },
    ],
  });
  const origin = { kind: "incident", incident: 1, cause: seen("running") } as const;
  const futile = { ...runOf(light, "ineffective"), origin, endedAtMs: NOW.startedAtMs - 1000 };
  const tried = { ...futile, intendedAtMs: NOW.startedAtMs - 3000 };

  expect(consider({ cause: seen("running") }, NOW, offer([light], [futile]))).toMatchObject({
    ruledOut: [{ action: "light", because: "it shines already" }],
    refused: "No remaining action fixes crash of lamp/2: light would change nothing, it shines already",
  });
  expect(consider({ cause: seen("hung") }, NOW, offer([light], [futile]))).toMatchObject({ proposed: {} });
  expect(consider({ cause: seen("running") }, NOW, offer([light], [tried]))).toMatchObject({ proposed: {} });
});

test("consider() proposes what would take too much away only where there is nothing else: it waits", () => {
  const offered = offer([action("replace", { stops: ["lamp/1"] }), action("stranger", { stops: ["lamp/9"] })]);

  expect(consider({ cause: CAUSE }, NOW, offered)).toMatchObject({ proposed: { action: "replace" } });
});

test("consider() counts what is not verified yet as down", () => {
  const [dim, light] = [action("dim", { stops: ["lamp/2"] }), action("light", { risk: "disruptive" })];
  const other = {
    ...runOf(light, "verifying"),
    effectAtMs: NOW.startedAtMs - 1000,
    preview: { ...light.preview({ lamp: "lamp/1" }), entities: ["lamp/1" as const] },
  };
  const both = {
    ...NOW,
    picture: { ...NOW.picture, components: NOW.picture.components.map((one) => ({ ...one, state: "up" as const })) },
  };

  expect(consider({ cause: CAUSE }, both, offer([dim, light]))).toMatchObject({ proposed: { action: "dim" } });
  expect(consider({ cause: CAUSE }, both, offer([dim, light], [other]))).toMatchObject({
    proposed: { action: "light" },
  });
});

test("consider() does not propose again what a person has rejected lately", () => {
  const [light, replace] = [action("light", {}), action("replace", { risk: "destructive" })];
  const rejected = { ...runOf(light, "rejected"), endedAtMs: NOW.startedAtMs - 1000 };

  expect(consider({ cause: CAUSE }, NOW, offer([light, replace], [rejected]))).toMatchObject({
    proposed: { action: "replace" },
  });
  expect(consider({ cause: CAUSE }, NOW, offer([light], [rejected]))).toMatchObject({
    refused: "A person has rejected the fix for crash of lamp/2",
  });
});

test("consider() tries the next option after one that failed, and the first again after a pause that grows", () => {
  const [light, replace] = [action("light", {}), action("replace", { risk: "destructive" })];
  const failed = (one: BoundAction, agoMs: number): ActionRun => ({
    ...runOf(one, "ineffective"),
    endedAtMs: NOW.startedAtMs - agoMs,
  });
  const proposed = (...runs: readonly ActionRun[]): unknown =>
    Reflect.get(consider({ cause: CAUSE }, NOW, offer([light, replace], runs)), "proposed");

  expect(proposed(failed(light, 1000))).toMatchObject({ action: "replace" });
  expect(proposed(failed(light, 1000), failed(replace, 500))).toMatchObject({
    action: "light",
    dueAtMs: NOW.startedAtMs + 4000,
  });
  expect(proposed(failed(light, 9000), failed(light, 1000), failed(replace, 500), failed(replace, 500))).toMatchObject({
    action: "light",
    dueAtMs: NOW.startedAtMs + 9000,
  });
  // It gives way for a while only: a riskier one may wait for a person who is not there.
  expect(proposed(failed(light, 30_001))).toMatchObject({ action: "light", dueAtMs: NOW.startedAtMs - 25_001 });
  expect(proposed(...[1, 2, 3, 4, 5].map(() => failed(light, 60_000)))).toMatchObject({ action: "replace" });
  expect(proposed(failed(light, 3_600_001))).toMatchObject({ action: "light" });
  expect(proposed(failed(light, 3_600_001))).not.toHaveProperty("dueAtMs");
});

test("digestOf() is the same for the same, whatever the order of fields, and another for anything else", () => {
  const preview: ActionPreview = { sends: "light lamp/2", expectedEffect: "", entities: [], stops: [] };
  const digest = digestOf({ action: "light", input: { a: 1, b: { c: 2, d: [3] } }, preview });

  expect(digestOf({ action: "light", input: { b: { d: [3], c: 2 }, a: 1 }, preview })).toBe(digest);
  expect(digestOf({ action: "light", input: { a: 1, b: { c: 2, d: [4] } }, preview })).not.toBe(digest);
  expect(digestOf({ action: "dim", input: { a: 1, b: { c: 2, d: [3] } }, preview })).not.toBe(digest);
  expect(digestOf({ action: "light", input: {}, preview: { ...preview, sends: "dim" } })).not.toBe(digest);
});

interface Sketch {
  readonly risk?: Risk;
  readonly stops?: ActionPreview["stops"];
  readonly fixes?: BoundAction["fixes"];
}

function action(id: string, { risk = "reversible", stops = [], fixes }: Sketch): BoundAction {
  const bound = defineAction({
    id,
    description: "",
    risk,
    input: v.looseObject({ lamp: v.string() }),
    fixes: ({ component }) => ({ lamp: component.id }),
    preview: ({ lamp }) => ({ sends: `${id} ${lamp}`, expectedEffect: "it shines", entities: [], stops }),
    run: async () => "Done",
    postCondition: async () => true,
  }).bind(undefined);
  return fixes ? { ...bound, fixes } : bound;
}

function runOf(one: BoundAction, state: RunState): ActionRun {
  const [input, preview] = [{ lamp: "lamp/2" }, one.preview({ lamp: "lamp/2" })];
  const { id: action, risk } = one;
  return {
    id: 1,
    instance: 1,
    origin: { kind: "person" },
    state,
    reason: "",
    proposedAtMs: 0,
    proposedBy: "person/ada",
    action,
    risk,
    input,
    preview,
    digest: digestOf({ action, input, preview }),
  };
}

function offer(actions: readonly BoundAction[], runs: readonly ActionRun[] = []): Offer {
  return { actions: new Map(actions.map((action) => [action.id, action])), runs };
}

function fail(): never {
  throw new Error("Cannot show");
}
