/** A deployment that is dead or held elsewhere, as a person sees it; the latter from another pid namespace, as in a container. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderOf } from "../../src/deployments/local/folder/folder.ts";
import { openDeployment } from "../../src/deployments/mod.ts";
import { processState } from "../../src/io/system/process.ts";
import { leaveBehind } from "../deployments/left-behind.ts";
import { alive, pidsOf, supervisorOf } from "../deployments/pids.ts";
import { treeOf } from "../deployments/tree.ts";
import { inOtherPids, otherPids } from "../other-pids.ts";
import { until } from "../until.ts";
import { spawnOperator } from "./spawn-operator.ts";

setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "operator-else-"));

afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!otherPids)("seen from another pid namespace, a healthy deployment (needs root and unshare)", () => {
  const home = join(folder, "healthy");
  const lab = folderOf(home, "ratelimiter");

  /** All but logs, to which its own processes may write. */
  const stateFiles = () => [...treeOf(lab.path)].filter(([path]) => !path.startsWith("logs/"));

  beforeAll(async () => {
    expect((await operator(home, ["up", "ratelimiter", "--nodes", "1"])).code).toBe(0);
  });

  afterAll(async () => {
    await operator(home, ["down"]);
  });

  test.each([
    ["status", 4],
    ["down", 1],
    ["down --all", 1],
    ["watch --once --subject ratelimiter", 4],
    ["logs node/1", 1],
    ["chaos heal --all", 0],
    ["up ratelimiter", 1],
  ])("survives operator %s", async (line, code) => {
    const [before, pids] = [stateFiles(), await pidsOf(await openDeployment(home))];

    const seen = await operator(home, line.split(" "), inOtherPids);

    expect(seen).toMatchObject({ code });
    if (line !== "chaos heal --all") expect(seen.said).toContain("it is held elsewhere: a process that is not visible");
    expect([alive(pids), processState(supervisorOf(lab))]).toEqual([pids, "running"]);
    expect(stateFiles()).toEqual(before);
  });

  test("is ended by its own supervisor when it is taken over", async () => {
    const [pids, supervisor] = [await pidsOf(await openDeployment(home)), supervisorOf(lab)];

    const { code } = await operator(home, ["down", "--take-over"], inOtherPids);

    expect(code).toBe(0);
    await until(() => alive(pids).length === 0 && processState(supervisor) === "gone");
    expect((await operator(home, ["status"])).code).toBe(4);
  });
});

test("operator status tells what is dead, elsewhere or of an older version, with the command that ends it", async () => {
  const home = join(folder, "several");
  leaveBehind(home, "dead");
  leaveBehind(home, "far", { machineId: "another" });
  leaveBehind(home, "rest", { components: [] });
  await operator(home, ["down", "--name", "rest"]);

  const text = await operator(home, ["status"]);
  const json = await operator(home, ["status", "--json"]);
  const far = await operator(home, ["status", "--name", "far"]);

  expect([text.code, json.code, far.code]).toEqual([3, 3, 4]);
  expect(text.stdout).toBe(
    'dead: its supervisor ended without taking it down; clean up with "operator down --name dead"\n' +
      "far: it is held elsewhere: it was brought up on another machine, or in another container; take it down where it " +
      'was brought up, or, if nothing runs there any more, with "operator down --name far --take-over"\n',
  );
  const lines = json.stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(lines).toEqual([
    { name: "dead", state: "dead", why: expect.any(String), command: "operator down --name dead" },
    { name: "far", state: "elsewhere", why: expect.any(String), command: "operator down --name far --take-over" },
  ]);
});

test("operator down takes down what it can, and takes over only when it is told to", async () => {
  const home = join(folder, "down");
  leaveBehind(home, "dead");
  leaveBehind(home, "far", { machineId: "another" });

  const refused = await operator(home, ["down", "--all"]);
  const taken = await operator(home, ["down", "--name", "far", "--take-over"]);
  const nothing = await operator(home, ["down"]);

  expect([refused.code, taken.code, nothing.code]).toEqual([1, 0, 0]);
  expect(refused.said).toContain("Down: dead");
  expect(refused.said).toContain('Cannot take "far" down in');
  expect(nothing.said).toContain("Nothing runs");
});

async function operator(
  home: string,
  args: readonly string[],
  wrapper: readonly string[] = [],
): Promise<{ readonly code: number; readonly stdout: string; readonly said: string }> {
  const child = spawnOperator(home, args, { wrapper });
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, stdout, said: stdout + stderr };
}
