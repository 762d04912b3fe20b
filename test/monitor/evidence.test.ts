import { expect, test } from "bun:test";
import type { BoundInspection } from "../../src/core/subject/inspection.ts";
import type { LogEvent } from "../../src/core/system/logs.ts";
import { ProbeError } from "../../src/core/text/errors.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";
import { watching } from "./watching.ts";

const INTERVAL = 5000;

test("monitor() freezes the evidence of an opening ticket, logs and copied series included, without secrets", async () => {
  const points = [{ atMs: 1, value: 2 }];
  const options = {
    evidenceMetrics: ["up"],
    series: async () => [{ metric: "up", labels: {}, points }],
  };
  const observation = { url: "redis://:hunter2@127.0.0.1" };
  await using run = await watching({ verdicts: { "answers node/1": "violated" }, observation }, options);
  Object.assign(run.session, { logs: oneLine });

  await run.clock.advance(2 * INTERVAL);

  const evidence = run.database.evidence.get(run.database.tickets.get(1)?.evidence ?? 0);
  expect(evidence).toMatchObject({
    observation: { url: "redis://:[redacted]@127.0.0.1" },
    logs: [{ component: "node/1", events: [{ message: "password=[redacted]" }] }],
    series: [{ metric: "up", points }],
  });
  expect(evidence?.picture?.components).toEqual([]);
});

test("monitor() freezes cheap inspections of what a ticket speaks of, beside what they showed while all was well", async () => {
  const settings = { limit: 10, password: "hunter2" };
  const config: BoundInspection = {
    id: "config",
    description: "Settings.",
    cost: "cheap",
    compared: "changes",
    timeoutMs: 1000,
    appliesTo: (component) => component === "node/1",
    read: async () => ({ ...settings }),
  };
  const asked: string[] = [];
  const costly: BoundInspection = { ...config, id: "all", cost: "costly", read: async () => asked.push("all") };
  const node = { id: "node/1", kind: "node", state: "up" } as const;
  const script = {
    verdicts: { "answers node/1": "holds" },
    components: [node],
    inspections: [config, costly],
  } as const;
  await using run = await watching({ ...script, verdicts: { ...script.verdicts } });
  await run.clock.advance(INTERVAL);

  settings.limit = 300;
  run.script.verdicts["answers node/1"] = "violated";
  await run.clock.advance(3 * INTERVAL);

  const evidence = run.database.evidence.get(run.database.tickets.get(1)?.evidence ?? 0);
  expect(evidence?.inspections).toMatchObject([
    {
      id: "config",
      component: "node/1",
      value: { limit: 300, password: "[redacted]" },
      difference: { changes: [{ path: "limit", was: 10, is: 300 }] },
    },
  ]);
  expect(asked).toEqual([]);
});

test("monitor() freezes the reason where a log cannot be read, and opens the ticket all the same", async () => {
  const logs = () => {
    throw new Error("no such file");
  };
  const series = () => Promise.reject(new ProbeError("mute"));
  const script = { verdicts: { "answers node/1": "violated" } } as const;
  await using run = await watching({ ...script }, { series, evidenceMetrics: ["up"] });
  Object.assign(run.session, { logs });

  await run.clock.advance(2 * INTERVAL);

  const evidence = run.database.evidence.get(run.database.tickets.get(1)?.evidence ?? 0);
  expect(evidence).toMatchObject({ logs: [{ component: "node/1", events: [], failed: "no such file" }], series: [] });
});

test("monitor() freezes no log of what stands for the whole or for its load, which has no process", async () => {
  const verdicts = {
    "answers node/1": "violated",
    "answers cluster/nodes": "violated",
    "answers clients/all": "violated",
  } as const;
  await using run = await watching({ verdicts });
  Object.assign(run.session, { logs: oneLine });

  await run.clock.advance(2 * INTERVAL);

  const evidence = run.database.evidence.get(run.database.tickets.get(1)?.evidence ?? 0);
  expect(run.database.tickets.list({ instance: 1 })).toHaveLength(3);
  expect(evidence?.logs.map(({ component }) => component)).toEqual(["node/1"]);
});

test("monitor() keeps a picture for each change of structure, and the values of every checkup as samples", async () => {
  const node = { id: "node/1", kind: "node", state: "up", clockOffsetMs: 20 } as const;
  const series = {
    name: "load_ratio",
    component: "node/1",
    unit: "ratio",
    kind: "gauge",
    signal: "cpu",
    value: 0.5,
  } as const;
  const links = [{ from: "node/1", to: "store/a", kind: "tcp", state: "up", latencyMs: 3 }] as const;
  await using run = await watching({ verdicts: {}, components: [node], series: [series], links });
  const beganMs = run.clock.now();

  await run.clock.advance(INTERVAL);
  run.script.components = [{ ...node, state: "down" }];
  run.script.series = [{ ...series, value: 0.7 }];
  await run.clock.advance(INTERVAL);

  const span = { fromMs: beganMs, toMs: run.clock.now() };
  const stateAt = (atMs: number) => run.database.pictures.at(1, atMs)?.components[0]?.state;
  expect([stateAt(beganMs), stateAt(span.toMs - 1), stateAt(span.toMs)]).toEqual(["up", "up", "down"]);
  const question = { windowMs: 60_000, endMs: run.clock.now() };
  const values = (metric: string) =>
    run.database.samples.query(1, { metric, ...question }).flatMap(({ points }) => points.map(({ value }) => value));
  expect(values("load_ratio")).toEqual([0.5, 0.5, 0.7]);
  expect(values("clock_offset_seconds")).toEqual([0.02, 0.02, 0.02]);
  expect(values("link_latency_seconds")).toEqual([0.003, 0.003, 0.003]);
  expect(run.database.pictures.kinds(1).get("load_ratio")).toMatchObject({ unit: "ratio", signal: "cpu" });
  const events = run.database.events.between(1, span).filter(({ of }) => of === "node/1");
  expect(events).toMatchObject([{ atMs: span.toMs, event: "went-down" }]);
});

test("monitor() forgets what is too old, but not what frozen evidence needs", async () => {
  const node = { id: "node/1", kind: "node", state: "up", clockOffsetMs: 20 } as const;
  const retention = { samplesMs: 60_000, evidenceMs: 3_600_000, historyMs: 120_000 };
  await using run = await watching(
    { verdicts: { "answers node/1": "holds" }, components: [node] },
    { retention, intervalMs: 30_000 },
  );
  const beganMs = run.clock.now();
  await run.clock.advance(1_800_000);
  run.script.verdicts["answers node/1"] = "violated";
  await run.clock.advance(1_800_000);

  const question = { metric: "clock_offset_seconds", windowMs: 1e9, endMs: run.clock.now() };
  const kept = run.database.samples
    .query(1, question)
    .flatMap(({ points }) => points.map(({ atMs }) => atMs - beganMs));
  const pinned = kept.filter((ms) => ms < 3_400_000);
  expect(Math.min(...pinned)).toBeGreaterThanOrEqual(930_000);
  expect(Math.max(...pinned)).toBe(1_860_000);
  expect(run.database.checkups.list(1, 1000).length).toBeLessThan(10);
  expect(run.database.tickets.list()).toHaveLength(1);
});

async function* oneLine(component: ComponentId): AsyncGenerator<LogEvent> {
  yield { atMs: 1, component, level: "error", message: "password=hunter2", fields: {} };
}
