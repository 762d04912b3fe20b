import { expect, test } from "bun:test";
import * as v from "valibot";
import { digestOf } from "../../src/actions/digest.ts";
import { propose, suggestActions } from "../../src/actions/propose.ts";
import type { Diagnosis } from "../../src/core/diagnosis/diagnosis.ts";
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

test("suggestActions() offers what says of itself that it mends the cause, the least risky first", () => {
  const offered = offer([
    action("replace", { risk: "destructive" }),
    action("light", { risk: "reversible" }),
    action("paint", { mends: () => undefined }),
  ]);
  offered.set("broken", { ...action("broken", {}), preview: fail });

  const suggested = suggestActions(CAUSE, NOW.picture, offered);

  expect(suggested.map(({ action }) => action)).toEqual(["light", "replace"]);
  expect(suggestActions({ ...CAUSE, component: "lamp/9" }, NOW.picture, offered)).toEqual([]);
});

test("propose() takes the first suggestion that is admissible", () => {
  const offered = offer([action("replace", { stops: ["lamp/1"] }), action("light", {})]);

  const considered = propose(diagnosis("replace", "light"), NOW, offered);

  expect(considered).toMatchObject({ proposed: { action: "light", input: { lamp: "lamp/2" }, cause: CAUSE } });
});

test("propose() says why it refuses", () => {
  const offered = offer([action("replace", { stops: ["lamp/1"] }), action("stranger", { stops: ["lamp/9"] })]);
  offered.set("broken", { ...action("broken", {}), preview: fail });
  const { cause: _cause, ...uncertain } = diagnosis("light");
  const refusal = (...actions: readonly string[]): unknown => propose(diagnosis(...actions), NOW, offered);

  expect(propose(uncertain, NOW, offered)).toEqual({ refused: "Nothing was found that could be mended" });
  expect(refusal()).toEqual({ refused: "No action is offered that mends crash of lamp/2" });
  expect(refusal("light")).toEqual({ refused: "light: it is not offered" });
  expect(refusal("replace")).toEqual({ refused: "replace: group/lamps would have 0 up of 2, needs 1" });
  expect(refusal("stranger")).toEqual({ refused: "stranger: lamp/9 is no part of the system that is known" });
  expect(refusal("broken", "light")).toEqual({ refused: "broken: Cannot show; light: it is not offered" });
});

test("propose() refuses an input of the wrong form, and one that could not be written as it is", () => {
  const offered = offer([action("light", {})]);
  const withInput = (input: unknown): unknown => {
    const { suggestions, ...rest } = diagnosis("light");
    return propose({ ...rest, suggestions: suggestions.map((suggestion) => ({ ...suggestion, input })) }, NOW, offered);
  };

  expect(withInput({ lamp: 2 })).toMatchObject({ refused: expect.stringContaining("Expected string") });
  expect(withInput({ lamp: "lamp/2", password: "hunter2" })).toEqual({
    refused: "light: its input holds what looks like a secret",
  });
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
  readonly mends?: BoundAction["mends"];
}

function action(id: string, { risk = "reversible", stops = [], mends }: Sketch): BoundAction {
  const bound = defineAction({
    id,
    description: "",
    risk,
    input: v.looseObject({ lamp: v.string() }),
    mends: ({ component }) => ({ lamp: component.id }),
    preview: ({ lamp }) => ({ sends: `${id} ${lamp}`, expectedEffect: "it shines", entities: [], stops }),
    run: async () => "Done",
    postCondition: async () => true,
  }).bind(undefined);
  return mends ? { ...bound, mends } : bound;
}

function offer(actions: readonly BoundAction[]): Map<string, BoundAction> {
  return new Map(actions.map((action) => [action.id, action]));
}

function diagnosis(...actions: readonly string[]): Diagnosis {
  return {
    engine: "test",
    atMs: 0,
    observation: "",
    timeline: [],
    cause: CAUSE,
    affected: [],
    propagation: [],
    options: [],
    suggestions: actions.map((action) => ({
      action,
      input: { lamp: "lamp/2" },
      risk: "reversible",
      expectedEffect: "it shines",
    })),
    confidence: 0.9,
    unknowns: [],
  };
}

function fail(): never {
  throw new Error("Cannot show");
}
