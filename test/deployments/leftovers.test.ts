/** What becomes of a real cluster whose supervisor is killed, taken over, or loses its folder. */

import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Deployment } from "../../src/deployments/deployment.ts";
import { powerOf } from "../../src/deployments/deployment.ts";
import { type Folder, folderOf } from "../../src/deployments/local/folder/folder.ts";
import { readMarker, writeMarker } from "../../src/deployments/local/folder/marker.ts";
import { upLocal } from "../../src/deployments/local/up.ts";
import { listDeployments, surveyDeployments } from "../../src/deployments/mod.ts";
import { writeWhole } from "../../src/io/files/file.ts";
import { lookAtProcess, processState, signalProcess } from "../../src/io/system/process.ts";
import { startSleeper } from "../sleeper.ts";
import { until } from "../until.ts";
import { alive, pidsOf, supervisorOf } from "./pids.ts";
import { standIn } from "./stand-in.ts";
import { treeOf } from "./tree.ts";

const TIMEOUT_MS = 60_000;
const never = new AbortController().signal;
const home = mkdtempSync(join(tmpdir(), "operator-"));

afterEach(async () => {
  for (const deployment of await listDeployments(home)) await deployment.down();
}, TIMEOUT_MS);

afterAll(() => rmSync(home, { recursive: true }));

test(
  "a supervisor whose folder is deleted takes everything down, and leaves what another made of the name alone",
  async () => {
    const folder = folderOf(home, "deleted");
    const deployment = await upLocal({ home, name: "deleted", recipe: standIn() }, { signal: never });
    const pids = await pidsOf(deployment);
    const supervisor = supervisorOf(folder);

    rmSync(folder.path, { recursive: true });
    const again = await upLocal({ home, name: "deleted", recipe: standIn({ nodes: 1 }) }, { signal: never });

    await until(() => alive(pids).length === 0 && processState(supervisor) === "gone");
    expect((await powerOf(again, "processes").list()).map(({ state }) => state)).toEqual(["running", "running"]);
  },
  TIMEOUT_MS,
);

test(
  "a supervisor takes everything down when its deployment is taken over, and leaves the folder to the new holder",
  async () => {
    const folder = folderOf(home, "taken");
    const deployment = await upLocal({ home, name: "taken", recipe: standIn({ nodes: 1 }) }, { signal: never });
    const [pids, supervisor] = [await pidsOf(deployment), supervisorOf(folder)];
    const marker = readMarker(folder.marker);
    if (!marker) throw new Error("Cannot find the marker");

    writeMarker(folder.marker, { ...marker, takenOver: "by a test" });

    await until(() => alive(pids).length === 0 && processState(supervisor) === "gone");
    expect(readMarker(folder.marker)).toEqual({ ...marker, takenOver: "by a test" });
    expect(readdirSync(folder.path)).toContain("plan.json");
    await deployment.down();
    expect(readdirSync(folder.path).toSorted()).toEqual(["deployment.json", "lock.db", "logs"]);
  },
  TIMEOUT_MS,
);

describe("after a kill -9 of the supervisor", () => {
  test(
    "down() of a deployment opened before leaves no process and nothing but logs",
    async () => {
      const { deployment, pids, folder } = await upAndKillSupervisor("lost");

      await deployment.down();

      expect(alive(pids)).toEqual([]);
      expect(readdirSync(folder.path).toSorted()).toEqual(["deployment.json", "lock.db", "logs"]);
    },
    TIMEOUT_MS,
  );

  test(
    "no look changes anything, and the next up cleans up by itself",
    async () => {
      const { pids } = await upAndKillSupervisor("lost");

      const before = treeOf(home);
      expect(await listDeployments(home)).toEqual([]);
      expect((await surveyDeployments(home)).unusable).toMatchObject([{ name: "lost", state: "dead" }]);
      expect(treeOf(home)).toEqual(before);

      const again = await upLocal({ home, name: "lost", recipe: standIn() }, { signal: never });

      expect(alive(pids)).toEqual([]);
      expect((await powerOf(again, "processes").list()).map(({ state }) => state)).toEqual([
        "running",
        "running",
        "running",
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    "the next down() ends what is left where the kernel did not, and nothing that is not proved to be of this deployment",
    async () => {
      const { folder, deployment } = await upAndKillSupervisor("lost");
      const id = readMarker(folder.marker)?.id ?? "";
      const sleeper = (of: string) => startSleeper({ OPERATOR_DEPLOYMENT: of });
      const [left, stranger, later] = await Promise.all([sleeper(id), sleeper("another"), sleeper(id)]);
      const processes = {
        "node/1": { pid: left.pid, startTime: lookAtProcess(left.pid)?.startTime },
        "node/2": { pid: stranger.pid, startTime: lookAtProcess(stranger.pid)?.startTime },
        "node/3": { pid: later.pid, startTime: "of an earlier process" },
      };
      writeWhole(folder.journal, JSON.stringify({ deployment: id, processes }));

      expect(await listDeployments(home)).toEqual([]);
      expect(alive([left.pid, stranger.pid, later.pid])).toHaveLength(3);
      await deployment.down();

      expect(await left.exited).not.toBe(0);
      expect(alive([stranger.pid, later.pid])).toHaveLength(2);
      for (const other of [stranger, later]) other.kill();
    },
    TIMEOUT_MS,
  );
});

async function upAndKillSupervisor(
  name: string,
): Promise<{ deployment: Deployment; pids: readonly number[]; folder: Folder }> {
  const folder = folderOf(home, name);
  const deployment = await upLocal({ home, name, recipe: standIn() }, { signal: never });
  const pids = await pidsOf(deployment);
  const supervisor = supervisorOf(folder);
  signalProcess(supervisor, "SIGKILL");
  await until(() => processState(supervisor) === "gone");
  return { deployment, pids, folder };
}
