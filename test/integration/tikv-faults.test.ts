/** Every fault of TiKV's lab breaks an emulated cluster of real processes, and its cure leaves nothing behind. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { faultyComponent } from "../../src/core/subject/fault.ts";
import { seededRandom } from "../../src/core/system/random.ts";
import { type Deployment, powerOf } from "../../src/deployments/deployment.ts";
import { bringUp } from "../../src/deployments/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import { TikvLab } from "../../src/subjects/tikv/lab/client.ts";
import { tikvLab } from "../../src/subjects/tikv/lab/mod.ts";
import { startTraffic } from "../../src/trials/traffic.ts";

setDefaultTimeout(90_000);

const home = mkdtempSync(join(tmpdir(), "operator-"));
const { signal } = new AbortController();
let deployment: Deployment;

beforeAll(async () => {
  const recipe = v.parse(tikvLab.up, {});
  deployment = await bringUp({ home, recipe, throwaway: true }, { signal });
});

afterAll(async () => {
  await deployment.down();
  rmSync(home, { recursive: true, force: true });
});

describe("faults of TiKV's lab", () => {
  test.each(tikvLab.faults.map(({ id }) => id))("%s takes effect and heals", async (id) => {
    await using lab = await tikvLab.open(deployment);
    await using _traffic = startTraffic({ lab: tikvLab, deployment, clock: systemClock, seed: 1, check: false });
    const fault = lab.fault(id);
    expect(await new TikvLab(deployment).hasLeader(signal)).toBe(true);

    const input = await fault.choose({ random: seededRandom(1), forMs: 20_000, signal });
    await fault.inject(input, signal);
    await fault.heal(JSON.parse(JSON.stringify(input)), signal);
    await fault.heal(input, signal);

    expect(faultyComponent(fault.truth, input)).toMatch(/^(store|pd|clients|cluster)\//);
    const processes = await powerOf(deployment, "processes").list();
    expect(processes.map(({ state }) => state)).toEqual(processes.map(() => "running"));
  });

  test("a named victim must be a store of the deployment", async () => {
    await using lab = await tikvLab.open(deployment);
    const choose = (target: string) =>
      lab.fault("store-kill").choose({ target, random: seededRandom(1), forMs: 1000, signal });

    expect(await choose("store/4")).toEqual({ victim: "store/4" });
    await expect(choose("pd/pd0")).rejects.toThrow('Cannot use target "pd/pd0": it is a pd, expected a store');
    await expect(choose("store/9")).rejects.toThrow('Cannot find component "store/9"');
  });
});
