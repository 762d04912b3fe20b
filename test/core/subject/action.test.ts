import { expect, test } from "bun:test";
import * as v from "valibot";
import { defineAction } from "../../../src/core/subject/action.ts";

const dim = defineAction({
  id: "dim-lamp",
  description: "Dims one lamp",
  risk: "reversible",
  input: v.object({ lamp: v.string() }),
  preview: ({ lamp }) => ({
    sends: `DIM ${lamp}`,
    expectedEffect: "Less light",
    entities: [`lamp/${lamp}`],
    stops: [],
  }),
  run: async (sent: string[], { lamp }) => `Dimmed ${sent.push(lamp)}`,
  postCondition: async (sent, { lamp }) => sent.includes(lamp),
  capture: async (sent) => sent.length,
  undo: async (sent, _, { captured }) => `Undid ${sent.pop()}, ${String(captured)} before`,
});
const { signal } = new AbortController();

test("defineAction() binds a client and checks every input", async () => {
  const sent: string[] = [];
  const action = dim.bind(sent);

  expect(action.preview({ lamp: "a" }).sends).toBe("DIM a");
  expect(await action.run({ lamp: "a" }, signal)).toBe("Dimmed 1");
  expect(await action.postCondition({ lamp: "a" }, signal)).toBe(true);
  expect(await action.capture?.({ lamp: "a" }, signal)).toBe(1);
  expect(await action.undo?.({ lamp: "a" }, { captured: 0, signal })).toBe("Undid a, 0 before");
  expect(action.repeats).toBe(false);
  expect(() => action.preview({ lamp: 1 })).toThrow('Cannot use input of "dim-lamp" at "lamp"');
});
