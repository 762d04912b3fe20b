import { afterAll, afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { listDeployments } from "../../../src/deployments/mod.ts";
import { until } from "../../until.ts";
import { spawnOperator } from "../spawn-operator.ts";

const TIMEOUT_MS = 60_000;
const home = mkdtempSync(join(tmpdir(), "operator-"));

const Status = v.object({
  name: v.string(),
  settings: v.record(v.string(), v.string()),
  components: v.array(v.object({ id: v.string(), state: v.string(), pid: v.optional(v.number()) })),
});

afterEach(async () => {
  for (const deployment of await listDeployments(home)) await deployment.down();
}, TIMEOUT_MS);

afterAll(() => rmSync(home, { recursive: true }));

test(
  "operator up, status, logs and down run a limiter from its start to its end",
  async () => {
    const up = await operator("up", "ratelimiter", "--nodes", "2", "--limit", "50");
    expect(up).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^redis\/main {2}\S+\nnode\/1 {6}\S+\nnode\/2 {6}\S+\n$/),
    });

    const healthy = await status();
    expect(healthy.code).toBe(0);
    expect(healthy.status.settings).toEqual({
      limit: "50",
      window: "1m",
      "on-redis-failure": "local",
      algorithm: "sliding-window",
    });
    expect(healthy.status.components.map(({ id, state }) => `${id} ${state}`)).toEqual([
      "redis/main running",
      "node/1 running",
      "node/2 running",
    ]);

    const logs = await operator("logs", "node/2", "--lines", "1");
    expect(logs.stdout.split("\n")).toHaveLength(2);

    const refusal = await operator("inspect", "redis/main", "write-refusal", "--json");
    expect([refusal.code, JSON.parse(refusal.stdout)]).toMatchObject([0, { component: "redis/main", value: null }]);
    const all = await operator("inspect", "node/1");
    expect(all.stdout).toMatch(
      /^node\/1 config\n[\s\S]* sources\.limit +start\n[\s\S]*port_owner\.is_this_process +true/,
    );
    const unknown = await operator("inspect", "node/9");
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('Cannot find component "node/9"')]);

    process.kill(healthy.status.components[2]?.pid ?? 0, "SIGKILL");
    await until(async () => (await status()).code === 3);
    expect((await operator("status")).stdout).toMatch(/node\/2 +\S+ +exited +SIGKILL at /);

    expect((await operator("down")).code).toBe(0);
    expect((await operator("status")).code).toBe(4);
  },
  TIMEOUT_MS,
);

test(
  "operator up takes everything down at Ctrl-C and exits 130",
  async () => {
    const coming = spawn("up", "ratelimiter");
    await until(hungRedis); // so that it cannot become ready meanwhile

    coming.kill("SIGINT");

    expect([await coming.exited, await listDeployments(home)]).toEqual([130, []]);
  },
  TIMEOUT_MS,
);

test.each([
  ["--window", "10", 'Cannot read duration "10"'],
  ["--window", "32d", 'Cannot use window, expected whole milliseconds from "1ms" to "31d"'],
  ["--limit", "0", "Cannot use limit, expected a whole number from 1 to 1000000000"],
  ["--algorithm", "gcrb", 'Cannot read "gcrb", expected one of'],
  ["--with", "graphana", 'Cannot read "graphana", expected one of prometheus'],
])("operator up refuses %s %s before it starts anything", async (flag, value, message) => {
  const { code, stderr } = await operator("up", "ratelimiter", flag, value);

  expect([code, stderr]).toEqual([2, expect.stringContaining(`Cannot use ${flag}: ${message}`)]);
  expect(stderr).not.toContain("Ready");
});

test("operator up and operator down say what a home or a name is not", async () => {
  const file = join(home, "file");
  writeFileSync(file, "");

  const up = await operator("up", "ratelimiter", "--home", file);
  const down = await operator("down", "--name", "other");

  expect([up.code, up.stderr]).toEqual([1, expect.stringContaining(`Cannot use home "${file}": it is not a folder`)]);
  expect([down.code, down.stderr]).toEqual([0, expect.stringContaining('No "other" runs')]);
});

test("operator logs and operator down say what is not there", async () => {
  const logs = await operator("logs", "node/1");
  const down = await operator("down");

  expect([logs.code, logs.stderr]).toEqual([1, expect.stringContaining("none is running")]);
  expect([down.code, down.stderr]).toEqual([0, expect.stringContaining("Nothing runs")]);
});

async function hungRedis(): Promise<boolean> {
  const [deployment] = await listDeployments(home);
  return (
    (await deployment?.processes?.hang("redis/main").then(
      () => true,
      () => false, // not started yet
    )) ?? false
  );
}

async function status(): Promise<{ readonly code: number; readonly status: v.InferOutput<typeof Status> }> {
  const { code, stdout } = await operator("status", "--json");
  return { code, status: v.parse(v.pipe(v.string(), v.parseJson(), Status), stdout) };
}

async function operator(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(...args);
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, stdout, stderr };
}

function spawn(...args: string[]): Bun.ReadableSubprocess {
  return spawnOperator(home, args);
}
