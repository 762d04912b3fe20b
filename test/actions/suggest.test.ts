import { expect, test } from "bun:test";
import * as v from "valibot";
import { digestOf } from "../../src/actions/digest.ts";
import { consider } from "../../src/actions/suggest.ts";
import type { Hypothesis } from "../../src/core/diagnosis/hypothesis.ts";
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
  startedAtMs: 0,
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
  ]);
  offered.set("broken", { ...action("broken", {}), preview: fail });

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

  expect(consider({}, NOW, new Map())).toEqual({ suggestions: [], refused: "Nothing was found that could be fixed" });
  expect(refusal()).toBe("No action is offered that fixes crash of lamp/2");
  expect(refusal(action("replace", { stops: ["lamp/1"] }), action("stranger", { stops: ["lamp/9"] }))).toBe(
    "replace: group/lamps would have 0 up of 2, needs 1; stranger: lamp/9 is no part of the system that is known",
  );
  expect(refusal(action("light", { fixes: () => secret }))).toBe("light: its input holds what looks like a secret");
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

function offer(actions: readonly BoundAction[]): Map<string, BoundAction> {
  return new Map(actions.map((action) => [action.id, action]));
}

function fail(): never {
  throw new Error("Cannot show");
}
