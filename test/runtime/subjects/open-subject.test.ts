import { expect, test } from "bun:test";
import type { Deployment, Processes } from "../../../src/deployments/deployment.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { scratchDatabase } from "../../../src/runtime/scratch-database.ts";
import { openSubject } from "../../../src/runtime/subjects/open-subject.ts";
import { targetOf } from "../../../src/runtime/subjects/resolve-subject.ts";
import { instanceView } from "../../../src/runtime/views/instance.ts";
import { limiterDeployment } from "../limiter-deployment.ts";
import { openToy } from "../toy-instance.ts";

const PROCESSES: Processes = {
  list: async () => [],
  start: async () => undefined,
  restart: async () => undefined,
  resume: async () => undefined,
  stop: async () => undefined,
  kill: async () => undefined,
  hang: async () => undefined,
  sends: (verb, component) => `${verb} ${component}`,
};

test("openSubject() offers what the deployment of a subject can fix and show", async () => {
  using scratch = scratchDatabase();
  async function* logs(): AsyncIterable<string> {
    yield "2026-01-02T03:04:05.000Z [info] Ready";
  }
  const deployment: Deployment = { ...limiterDeployment("east"), processes: PROCESSES, logs };
  const target = { ...(await targetOf(deployment)), graceMs: { "hot-key": 7000, "answers-probes": 8000 } };

  await using opened = await openSubject(target, { database: scratch.database, clock: systemClock });

  const { monitoring, deploymentActions } = opened;
  expect(monitoring.instance).toMatchObject({ subject: "ratelimiter", name: "east" });
  expect(monitoring.invariants.find(({ id }) => id === "hot-key")?.graceMs).toBe(7000);
  expect(monitoring.ownGraceMs).toEqual({ "answers-probes": 8000 });
  expect(monitoring.inspections?.map(({ id, appliesTo }) => [id, appliesTo("node/1"), appliesTo("node/9")])).toEqual([
    ["process", true, false],
  ]);
  expect(deploymentActions.get("start-component")?.preview({ component: "node/1" }).sends).toBe("start node/1");
  await expect(opened.session.look({ signal: AbortSignal.timeout(5000) })).rejects.toThrow("nothing answers");
  const events = await Array.fromAsync(opened.session.logs?.("node/1", { signal: AbortSignal.timeout(1000) }) ?? []);
  expect(events).toMatchObject([{ component: "node/1", level: "info" }]);
});

test("instanceView() draws the series that move", async () => {
  await using instance = await openToy();
  const { database, instance: own } = instance.opened.monitoring;
  const nowMs = Date.now();
  const series = (value: number) => {
    const labels = { component: "endpoint/1" } as const;
    return {
      name: "asked_total",
      component: labels.component,
      unit: "1",
      kind: "counter",
      signal: "traffic",
      value,
    } as const;
  };
  for (const [index, value] of [1, 5, 9].entries()) {
    const atMs = nowMs - 3000 + index * 1000;
    const picture = { atMs, components: [], links: [], series: [series(value)] };
    database.pictures.describe(own.id, picture.series);
    database.samples.append(own.id, atMs, [{ metric: "asked_total", labels: { component: "endpoint/1" }, value }]);
  }

  const { charts } = instanceView(instance.opened, nowMs);

  expect(charts.map(({ kind, window }) => [kind.name, window.points.length])).toEqual([["asked_total", 3]]);
});
