import { expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { healOpen } from "../../src/chaos/heal.ts";
import { holdFor, inject, plan } from "../../src/chaos/inject.ts";
import { openJournal } from "../../src/chaos/journal.ts";
import { defineFault, type GroundTruth } from "../../src/core/subject/fault.ts";
import type { Clock } from "../../src/core/system/clock.ts";
import type { Deployment } from "../../src/deployments/deployment.ts";
import { defineLab, type OpenLab } from "../../src/deployments/lab.ts";
import { toyDeployment } from "../toy/lab.ts";
import { toyLoad, toyUp } from "../toy/subject/recipes/local.ts";
import { VirtualClock } from "../virtual-clock.ts";

const truth: GroundTruth = {
  component: "victim",
  mechanism: "crash",
  trips: [],
  mayTrip: [],
  signalLagMs: 0,
  fixedBy: [],
  decoys: [],
  emulated: false,
};
const { signal } = new AbortController();
const options = { fault: "lamp-out", subject: "lamps", seed: 7, forMs: 1000 };

/** Lamps that may resist being broken or mended. */
class Lamps implements AsyncDisposable {
  readonly out = new Set<string>();
  unbreakable = false;
  unmendable = false;
  /** How often lamps stay out though they are mended. */
  stubborn = 0;
  /** While it is out, no other can be seen to burn. */
  main = "";
  async [Symbol.asyncDispose](): Promise<void> {}
}

const out = defineFault({
  id: "lamp-out",
  description: "One lamp goes out",
  truth,
  input: v.object({ victim: v.string() }),
  choose: async (_lamps: Lamps, { target, random }) => ({ victim: target ?? `lamp/${Math.floor(random() * 100)}` }),
  inject: async (lamps, { victim }) => void (lamps.unbreakable || lamps.out.add(victim)),
  isInjected: async (lamps, { victim }) => lamps.out.has(victim),
  heal: async (lamps, { victim }) => void (lamps.unmendable || lamps.stubborn-- > 0 || lamps.out.delete(victim)),
  healed: async (lamps, { victim }) => !lamps.out.has(victim) && !lamps.out.has(lamps.main),
});

async function setUp() {
  const lamps = new Lamps();
  let nowMs = 1_000_000;
  const clock: Clock = { now: () => nowMs, monotonic: () => nowMs, sleep: async () => undefined };
  const definition = defineLab({
    subject: "lamps",
    connect: async () => lamps,
    faults: [out],
    up: toyUp,
    load: toyLoad,
    endpoints: () => ({}),
    targets: () => [],
    strength: { ratePerSecond: 1, keys: 1 },
    ordinary: { ratePerSecond: 1, keys: 1 },
  });
  // The faults of this test look at nothing of a deployment but its name.
  const lab: OpenLab = { ...(await definition.open(named("lamps"))), deployment: named("lamps") };
  const journal = openJournal(mkdtempSync(join(tmpdir(), "operator-chaos-")));
  return { lamps, lab, journal, clock, signal, pass: (ms: number) => void (nowMs += ms) };
}

function named(id: string): Deployment {
  return { ...toyDeployment(), id, subject: id };
}

test("plan() chooses the same victim for the same seed and breaks nothing", async () => {
  const context = await setUp();

  const first = await plan(options, context);
  const again = await plan(options, context);

  expect(first.component).toBe(again.component);
  expect(context.lamps.out.size).toBe(0);
  expect(context.journal.list(10)).toEqual([]);
});

test("inject() journals before it breaks, and heals when it is disposed", async () => {
  const context = await setUp();

  {
    await using injected = await inject({ ...options, target: "lamp/3" }, context);
    expect(context.lamps.out.has("lamp/3")).toBe(true);
    expect(injected.plan.component).toBe("lamp/3");
    expect(context.journal.open("lamps")).toMatchObject([
      { fault: "lamp-out", state: "injected", input: { victim: "lamp/3" }, seed: 7 },
    ]);
  }

  expect(context.lamps.out.size).toBe(0);
  expect(context.journal.open()).toEqual([]);
  expect(context.journal.list(10)).toMatchObject([{ state: "healed" }]);
});

test("inject() leaves nothing open when the fault does not bite", async () => {
  const context = await setUp();
  context.lamps.unbreakable = true;

  await expect(inject(options, context)).rejects.toThrow("injected but without effect");

  expect(context.journal.open()).toEqual([]);
});

test("inject() keeps the row open when healing fails", async () => {
  const context = await setUp();
  const injected = await inject(options, context);
  context.lamps.unmendable = true;

  await expect(injected.heal()).rejects.toThrow("something of it is left");

  expect(context.journal.open()).toMatchObject([{ state: "injected" }]);
});

test("healOpen() heals after a crash of the injector, once the lease has expired", async () => {
  const context = await setUp();
  await inject({ ...options, target: "lamp/1" }, context);

  expect(await healOpen("expired", context)).toEqual([]);
  context.pass(60_000);
  const healings = await healOpen("expired", context);

  expect(healings).toMatchObject([{ injection: { fault: "lamp-out" } }]);
  expect(context.lamps.out.size).toBe(0);
  expect(context.journal.open()).toEqual([]);
});

test("healOpen() takes a lease for expired when the clock was put back behind its beginning", async () => {
  const context = await setUp();
  await inject({ ...options, target: "lamp/1" }, context);

  context.pass(-3_600_000);

  expect(await healOpen("expired", context)).toMatchObject([{ injection: { fault: "lamp-out" } }]);
  expect(context.lamps.out.size).toBe(0);
});

test("holdFor() holds a fault for its time though the clock is put back, and ends with the signal", async () => {
  const clock = new VirtualClock();
  const left: number[] = [];
  const interrupted = new AbortController();

  const held = holdFor(2500, { clock, signal, onLeft: (leftMs) => left.push(leftMs) });
  clock.step(-3_600_000);
  await clock.advance(2500);
  await held;
  const cut = holdFor(2500, { clock, signal: interrupted.signal });
  interrupted.abort();
  await cut;

  expect(left).toEqual([2500, 1500, 500]);
});

test("holdFor() ends once the fault is gone for another reason", async () => {
  const clock = new VirtualClock();
  let asked = 0;

  const held = holdFor(3_600_000, { clock, signal, isOver: async () => ++asked === 3 });
  await clock.advance(2000);
  await held;

  expect(asked).toBe(3);
});

test("healOpen() heals at one go what another fault kept from being seen healed", async () => {
  const { lab, lamps, journal, clock } = await setUp();
  lamps.main = "lamp/3";
  await inject({ ...options, target: "lamp/3" }, { lab, journal, clock, signal });
  await inject({ ...options, target: "lamp/4" }, { lab, journal, clock, signal });

  const healings = await healOpen("all", { lab, journal, clock });

  expect(healings.map(({ failed }) => failed)).toEqual([undefined, undefined]);
  expect(journal.open()).toEqual([]);
});

test("healOpen() heals at one go what kept each other from being seen healed", async () => {
  const { lab, lamps, journal, clock } = await setUp();
  lamps.main = "lamp/3";
  for (const target of ["lamp/3", "lamp/3"]) await inject({ ...options, target }, { lab, journal, clock, signal });
  lamps.stubborn = 1;

  const healings = await healOpen("all", { lab, journal, clock });

  expect(healings.map(({ failed }) => failed)).toEqual([undefined, undefined]);
});

test("healOpen() reports what it cannot heal and keeps it open", async () => {
  const context = await setUp();
  await inject({ ...options, target: "lamp/1" }, context);
  context.lamps.unmendable = true;

  const healings = await healOpen("all", context);

  expect(healings[0]?.failed).toContain("something of it is left");
  expect(context.journal.open()).toHaveLength(1);
});

test("OpenLab.fault() names the faults there are", async () => {
  const { lab } = await setUp();

  expect(() => lab.fault("lamp-on")).toThrow('Cannot find fault "lamp-on", expected one of lamp-out');
});
