import { expect, test } from "bun:test";
import * as v from "valibot";
import { defineFault, faultyComponent, faultyComponents, type GroundTruth } from "../../../src/core/subject/fault.ts";

const truth: GroundTruth = {
  component: "victim",
  mechanism: "crash",
  trips: ["things-up"],
  mayTrip: [],
  signalLagMs: 0,
  fixedBy: ["start-component"],
  decoys: [],
  emulated: false,
};

class Lamps {
  readonly on = new Set(["lamp/1", "lamp/2"]);
  stuck = false;
}

const out = defineFault({
  id: "lamp-out",
  description: "One lamp goes out",
  truth,
  input: v.object({ victim: v.string() }),
  choose: async (lamps: Lamps, { target }) => ({ victim: target ?? [...lamps.on][0] ?? "" }),
  inject: async (lamps, { victim }) => void (lamps.stuck || lamps.on.delete(victim)),
  isInjected: async (lamps, { victim }) => !lamps.on.has(victim),
  heal: async (lamps, { victim }) => void (lamps.stuck || lamps.on.add(victim)),
  healed: async (lamps, { victim }) => lamps.on.has(victim),
});
const { signal } = new AbortController();

test("defineFault() breaks and heals with the same journaled input", async () => {
  const lamps = new Lamps();
  const input = await out.choose(lamps, { random: () => 0, forMs: 1000, signal });

  await out.inject(lamps, input, signal);
  expect([...lamps.on]).toEqual(["lamp/2"]);
  expect(faultyComponent(out.truth, input)).toBe("lamp/1");
  await out.heal(lamps, JSON.parse(JSON.stringify(input)), signal);

  expect(lamps.on.has("lamp/1")).toBe(true);
});

test("defineFault() refuses a fault without effect", async () => {
  const lamps = new Lamps();
  lamps.stuck = true;

  await expect(out.inject(lamps, { victim: "lamp/1" }, signal)).rejects.toThrow("injected but without effect");
});

test("defineFault() says so when something is left after healing", async () => {
  const lamps = new Lamps();
  await out.inject(lamps, { victim: "lamp/1" }, signal);
  lamps.stuck = true;

  await expect(out.heal(lamps, { victim: "lamp/1" }, signal)).rejects.toThrow("something of it is left");
});

test("defineFault() refuses input of another form", async () => {
  await expect(out.inject(new Lamps(), { victim: 7 }, signal)).rejects.toThrow('Cannot use input of "lamp-out"');
});

test("faultyComponent() is the component that the truth names, where nothing is chosen", () => {
  expect(faultyComponent({ ...truth, component: "cluster/lamps" }, {})).toBe("cluster/lamps");
});

test("faultyComponents() are the one that was chosen and those that are broken alike", () => {
  const several = { ...truth, alike: "others" };
  const input = { victim: "lamp/1", others: ["lamp/2", 7] };

  expect(faultyComponents(several, input)).toEqual(["lamp/1", "lamp/2"]);
  expect(faultyComponents(truth, input)).toEqual(["lamp/1"]);
});
