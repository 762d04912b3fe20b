/** Every fault of the limiter's lab breaks a real cluster, and its cure leaves nothing behind. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import * as v from "valibot";
import { evaluateClaim } from "../../src/core/diagnosis/claims/mod.ts";
import { faultyComponent } from "../../src/core/subject/fault.ts";
import type { Component, Picture } from "../../src/core/system/picture.ts";
import { seededRandom } from "../../src/core/system/random.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";
import { openDatabase } from "../../src/database/mod.ts";
import { powerOf } from "../../src/deployments/deployment.ts";
import { systemClock } from "../../src/io/clock.ts";
import { openSubject } from "../../src/runtime/subjects/open-subject.ts";
import { targetOf } from "../../src/runtime/subjects/resolve-subject.ts";
import { ratelimiterLab } from "../../src/subjects/ratelimiter/lab/mod.ts";
import { startTraffic } from "../../src/trials/traffic.ts";
import { type Cluster, startCluster } from "./limiter-cluster.ts";

setDefaultTimeout(60_000);

let cluster: Cluster;
const { signal } = new AbortController();

beforeAll(async () => {
  cluster = await startCluster({ limit: "100", window: "4s" });
});

afterAll(() => cluster[Symbol.asyncDispose]());

describe("faults of the limiter's lab", () => {
  test.each(ratelimiterLab.faults.map(({ id }) => id))("%s takes effect and heals", async (id) => {
    const { deployment } = cluster;
    await using lab = await ratelimiterLab.open(deployment);
    await using _traffic = startTraffic({ lab: ratelimiterLab, deployment, clock: systemClock, seed: 1, check: false });
    const fault = lab.fault(id);

    const input = await fault.choose({ random: seededRandom(1), forMs: 20_000, signal });
    await fault.inject(input, signal);
    await fault.heal(JSON.parse(JSON.stringify(input)), signal);
    await fault.heal(input, signal);

    expect(faultyComponent(fault.truth, input)).toMatch(/^(node|redis|clients|cluster)\//);
    const processes = await powerOf(deployment, "processes").list();
    expect(processes.map(({ state }) => state)).toEqual(processes.map(() => "running"));
  });

  test("a named victim must be a node of the deployment", async () => {
    await using lab = await ratelimiterLab.open(cluster.deployment);
    const choose = (target: string) =>
      lab.fault("node-kill").choose({ target, random: seededRandom(1), forMs: 1000, signal });

    expect(await choose("node/2")).toEqual({ victim: "node/2" });
    await expect(choose("redis/main")).rejects.toThrow(
      'Cannot use target "redis/main": it is a redis, expected a node',
    );
    await expect(lab.fault("node-kill").inject({ victim: "2" }, signal)).rejects.toThrow('Cannot use component "2"');
    await expect(choose("node/9")).rejects.toThrow('Cannot find component "node/9"');
  });
});

test("trial settings give the traffic's keys a limit of their own on every node, and healing brings back what was there", async () => {
  await using lab = await ratelimiterLab.open(cluster.deployment);
  const [node = ""] = cluster.nodes;
  const authorization = `Bearer ${cluster.deployment.secret("token")}`;
  const headers = { "content-type": "application/json", authorization };
  await fetch(`${node}/api/limits/load-0`, { method: "PUT", headers, body: JSON.stringify({ limit: 7 }) });
  const settings = lab.fault("trial-settings");

  const input = await settings.choose({ random: seededRandom(1), forMs: 20_000, signal });
  await settings.inject(input, signal);
  const during = await Promise.all(cluster.nodes.map(ownLimits));
  await settings.heal(JSON.parse(JSON.stringify(input)), signal);
  const after = await Promise.all(cluster.nodes.map(ownLimits));

  expect(during.map((limits) => [limits.length, new Set(limits.map(({ limit }) => limit))])).toEqual(
    cluster.nodes.map(() => [ratelimiterLab.ordinary.keys, new Set([100])]),
  );
  expect(after.flat()).toMatchObject(cluster.nodes.map(() => ({ key: "load-0", limit: 7, window_ms: null })));
});

async function ownLimits(node: string): Promise<readonly { readonly key: string; readonly limit: number }[]> {
  const Limits = v.object({ limits: v.array(v.looseObject({ key: v.string(), limit: v.number() })) });
  return v.parse(Limits, await (await fetch(`${node}/api/limits`)).json()).limits;
}

test("what the deployment knows of a process is in the picture, is stored with it, and can be claimed", async () => {
  const { deployment } = cluster;
  const processes = powerOf(deployment, "processes");
  using database = openDatabase(join(cluster.home, "operator.db"));
  await using opened = await openSubject(await targetOf(deployment), { database, clock: systemClock });
  const [running] = await processOf("node/1");

  await processes.kill("node/1");
  const [exited, picture] = await processOf("node/1");
  await processes.start("node/1");
  await processes.hang("node/2");
  const [hung] = await processOf("node/2");
  await processes.resume("node/2");
  const { id: instance } = database.instances.ensure({ subject: "ratelimiter", name: "stored" });
  database.pictures.add(instance, database.pictures.pack(picture));
  const stored = database.pictures.at(instance, picture.atMs);

  const { address } = deployment.components.find(({ id }) => id === "node/1") ?? {};
  expect(running).toMatchObject({ state: "running", pid: expect.any(Number), address, owner: deployment.id });
  expect(exited).toMatchObject({ state: "exited", exit: { code: null, signal: "SIGKILL" } });
  expect(hung?.state).toBe("hung");
  const claim = { kind: "state-is", component: "node/1", path: "process.exit.signal", comparison: "is" } as const;
  const now = { picture: stored ?? picture, judgements: [] };
  const { outcome } = evaluateClaim({ ...claim, value: "SIGKILL" }, { now, timeline: [], series: [] });
  expect(stored).toBeDefined();
  expect(outcome).toBe("true");

  async function processOf(id: ComponentId): Promise<[Component["process"], Picture]> {
    const checkup = await opened.session.look({ signal, begunAfterMs: systemClock.monotonic() });
    return [checkup.picture.components.find((component) => component.id === id)?.process, checkup.picture];
  }
});
