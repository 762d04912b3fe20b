import { expect, test } from "bun:test";
import * as v from "valibot";
import { type AnyInvariant, invariantsOn, judgeEach } from "../../../src/core/subject/invariant.ts";
import { defineSubject } from "../../../src/core/subject/subject.ts";
import { systemClock } from "../../../src/io/clock.ts";

interface Readings {
  readonly lit: readonly string[];
}

class Client implements AsyncDisposable {
  closed = false;
  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
  }
}

const client = new Client();
const invariant = invariantsOn<Readings>();
const BRIGHT = {
  severity: "warning",
  graceMs: 0,
  rationale: "People want to see",
  needs: ["lit"],
  reasons: ["bright", "dark"],
} as const;
const bright = invariant({
  ...BRIGHT,
  id: "bright",
  thresholds: { lampsAtLeast: { default: 1, description: "How many" } },
  check: ({ lit }, { thresholds: { lampsAtLeast = 0 } }) =>
    judgeEach(["room/1"] as const, (entity) => ({
      entity,
      on: entity,
      verdict: lit.length >= lampsAtLeast ? "holds" : "violated",
      reason: lit.length >= lampsAtLeast ? "bright" : "dark",
      summary: `${lit.length} lamps are lit, expected ${lampsAtLeast}`,
      evidence: { lit: lit.length },
    })),
});
const broken = invariant({
  ...BRIGHT,
  id: "broken",
  check() {
    throw new RangeError("no such lamp");
  },
});

async function connect(): Promise<Client> {
  return client;
}

function lampsBy(invariants: readonly AnyInvariant<Readings>[]) {
  return defineSubject({
    id: "lamps",
    description: "Lamps",
    vocabulary: {},
    config: v.object({ address: v.string() }),
    connect,
    probes: { lit: { everyMs: 0, timeoutMs: 1000, read: async (_client: Client) => ["lamp/1"] } },
    topology: () => ({ components: [{ id: "lamp/2", kind: "lamp" }], links: [], groups: [] }),
    model: ({ lit }, { atMs }) => {
      const series = "value" in lit ? lit.value.map(() => brightness) : [];
      return { atMs, components: [], links: [], series };
    },
    invariants,
    actions: [],
    logs: (line, component) => ({ atMs: 0, component, level: "info", message: line, fields: {} }),
  });
}
const lamps = lampsBy([bright, broken]);
const brightness = { name: "lux", component: "lamp/1", unit: "lux", kind: "gauge", signal: "node", value: 1 } as const;
const { signal } = new AbortController();

test("defineSubject() judges with thresholds and completes the picture", async () => {
  await using session = await lamps
    .configure({ address: "x" })
    .open({ clock: systemClock, thresholds: { bright: { lampsAtLeast: 2 } } });

  const checkup = await session.look({ signal });

  expect(checkup.judgements).toMatchObject([
    { invariant: "bright", entity: "room/1", verdict: "violated", summary: "1 lamps are lit, expected 2" },
    { invariant: "broken", verdict: "unknown", summary: 'Cannot judge "broken": no such lamp' },
  ]);
  expect(checkup.picture.components).toMatchObject([{ id: "lamp/2", state: "down" }]);
});

test("defineSubject() judges an entity that an invariant names twice once, by the worse of both", async () => {
  const about = { entity: "room/1", on: "room/1", summary: "", evidence: {} } as const;
  const twice = invariant({
    ...BRIGHT,
    id: "twice",
    check: () => [
      { ...about, verdict: "violated", reason: "dark" },
      { ...about, verdict: "holds", reason: "bright" },
    ],
  });
  await using session = await lampsBy([twice]).configure({ address: "x" }).open({ clock: systemClock });

  const { judgements } = await session.look({ signal });

  expect(judgements).toMatchObject([{ entity: "room/1", verdict: "violated", reason: "dark" }]);
});

test("defineSubject() refuses a malformed configuration and closes its client", async () => {
  expect(() => lamps.configure({ address: 1 })).toThrow('Cannot use configuration of "lamps" at "address"');
  expect(refusal(() => lamps.configure({ address: 1 }))).toMatchObject({ path: "address", isMissing: false });
  expect(refusal(() => lamps.configure({}))).toMatchObject({ path: "address", isMissing: true });
  {
    await using _session = await lamps.configure({ address: "x" }).open({ clock: systemClock });
  }

  expect(client.closed).toBe(true);
});

test("defineSubject() parses the lines of a log source", async () => {
  async function* logs(): AsyncIterable<string> {
    yield "lit";
  }
  await using session = await lamps.configure({ address: "x" }).open({ clock: systemClock, logs });

  const events = await Array.fromAsync(session.logs?.("lamp/1", { signal }) ?? []);

  expect(events).toMatchObject([{ component: "lamp/1", message: "lit" }]);
});

function refusal(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
