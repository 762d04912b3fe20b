/** `operator chaos` and `operator doctor` as processes, on a real limiter. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { powerOf } from "../../../src/deployments/deployment.ts";
import { openDeployment } from "../../../src/deployments/mod.ts";
import { until } from "../../until.ts";
import { spawnOperator } from "../spawn-operator.ts";

setDefaultTimeout(60_000);

const home = mkdtempSync(join(tmpdir(), "operator-chaos-"));

beforeAll(async () => {
  expect(await operator("up", "ratelimiter", "--nodes", "2", "--window", "10s")).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await operator("down");
  rmSync(home, { recursive: true });
});

test("operator chaos says exactly what it would break, and breaks nothing", async () => {
  const dry = await operator("chaos", "node-kill", "--dry-run", "--target", "node/2", "--json");
  const list = await operator("chaos", "list");

  expect(JSON.parse(dry.stdout)).toMatchObject({
    fault: "node-kill",
    component: "node/2",
    input: { victim: "node/2" },
    truth: { mechanism: "crash", trips: ["node-reachable"] },
  });
  expect(list.stdout).toMatch(/^FAULT .*\n[\s\S]*node-kill +crash +node-reachable/);
  expect(await stateOf("node/2")).toBe("running");
  expect((await operator("chaos", "status")).stderr).toContain("No fault is in force");
});

test("operator chaos heals at the end of the time", async () => {
  const { code, stdout } = await operator("chaos", "node-hang", "--for", "1s", "--target", "node/1");

  expect(code).toBe(0);
  expect(stdout).toMatch(/^node-hang: node\/1 is at fault \(hang\) until .* \(1s\); seed \d+\nHealed /);
  expect(await stateOf("node/1")).toBe("running");
});

test("operator chaos heals at Ctrl-C and exits 130", async () => {
  const child = spawn("chaos", "node-kill", "--target", "node/2");
  await until(async () => (await stateOf("node/2")) === "exited");
  await until(async () => (await operator("chaos", "status")).stdout.includes("injected"));

  child.kill("SIGINT");

  expect(await child.exited).toBe(130);
  expect(await child.stdout.text()).toContain("Healed node-kill of node/2");
  expect(await stateOf("node/2")).toBe("running");
});

test("operator chaos heal fixes what a killed injector left", async () => {
  const child = spawn("chaos", "node-kill", "--target", "node/2");
  await until(async () => (await operator("chaos", "status", "--json")).stdout.includes('"state":"injected"'));
  child.kill("SIGKILL");
  await child.exited;

  const early = await operator("chaos", "heal");
  expect(early).toMatchObject({ code: 0, stderr: expect.stringContaining("1 still in force; --all heals them, too") });
  expect(await stateOf("node/2")).toBe("exited");

  const all = await operator("chaos", "heal", "--all");
  expect(all).toMatchObject({ code: 0, stderr: expect.stringContaining("Healed node-kill of node/2 on ratelimiter") });
  expect(await stateOf("node/2")).toBe("running");
});

test.each([
  [["chaos", "node-kil"], 'Cannot find fault "node-kil" of ratelimiter'],
  [["chaos", "node-kill", "--target", "redis/main"], "it is a redis, expected a node"],
  [["chaos", "redis-kill", "--target", "node/2"], "it is about redis/main only"],
  [["chaos", "node-kill", "--for", "1ms"], "Cannot break anything for so short"],
  [["chaos"], 'Cannot run "operator chaos" alone'],
  [["doctor", "--inject", "--fault", "nonsense"], 'Cannot find fault "nonsense" of ratelimiter'],
])("operator %j is refused", async (args, message) => {
  expect(await operator(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});

test("operator chaos ends in peace when its deployment is taken down, and leaves nothing to heal", async () => {
  const other = ["--home", join(home, "other")];
  expect(await operator("up", "ratelimiter", "--nodes", "1", ...other)).toMatchObject({ code: 0 });
  const child = spawn("chaos", "node-hang", "--for", "1m", ...other);
  const said = child.stdout.text();
  await until(async () => (await operator("chaos", "status", ...other)).stdout.includes("injected"));

  expect(await operator("down", ...other)).toMatchObject({ code: 0 });

  expect(await child.exited).toBe(1);
  expect(await said).toContain("The deployment was taken down, and with it node-hang of node/1");
  expect((await operator("chaos", "status", ...other)).stderr).toContain("No fault is in force");
});

test("operator completes faults, components and deployments", async () => {
  const complete = async (...words: string[]) => (await operator("__complete", ...words)).stdout.trim().split("\n");

  expect(await complete("chaos", "redis-")).toContain("redis-pause");
  expect(await complete("chaos", "node-kill", "--target", "")).toEqual(["redis/main", "node/1", "node/2"]);
  expect(await complete("logs", "node/")).toEqual(["node/1", "node/2"]);
  expect(await complete("down", "--name", "")).toEqual(["ratelimiter"]);
  expect(await complete("watch", "--subject", "r")).toEqual(["ratelimiter"]);
});

test("operator down refuses a name that does not run beside one that does", async () => {
  const { code, stderr } = await operator("down", "--name", "other");

  expect([code, stderr]).toEqual([2, expect.stringContaining("it is not running, expected one of ratelimiter")]);
});

test("operator doctor finds every signal of a live limiter", async () => {
  const { code, stdout } = await operator("doctor", "--json");

  expect(code).toBe(0);
  const checks = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(checks.map(({ invariant }) => invariant)).toEqual(
    expect.arrayContaining(["node-reachable", "answers-probes"]),
  );
  expect(checks.flatMap(({ missing }) => missing)).toEqual([]);
});

test("operator doctor --inject proves that a killed node is noticed and cleared, and says whether in time", async () => {
  const { code, stdout, stderr } = await operator("doctor", "--inject", "--fault", "node-kill", "--seed", "7");

  expect(stderr).toContain("graces of 2s instead of the usual ones; seed 7");
  expect(stdout).toMatch(/^Faults of ratelimiter\nfault +1 .*\nnode-kill +(✓|LATE) /);
  expect(code).toBe(/^node-kill +LATE /m.test(stdout) ? 1 : 0);
});

async function stateOf(id: string): Promise<string | undefined> {
  const deployment = await openDeployment(home);
  return (await powerOf(deployment, "processes").list()).find((one) => one.id === id)?.state;
}

async function operator(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(...args);
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, stdout, stderr };
}

function spawn(...args: string[]): Bun.ReadableSubprocess {
  return spawnOperator(home, args);
}
