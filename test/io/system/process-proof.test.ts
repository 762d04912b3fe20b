import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wasStartedWith } from "../../../src/io/system/process-proof.ts";
import { startSleeper } from "../../sleeper.ts";
import { until } from "../../until.ts";

const variable = "OPERATOR_DEPLOYMENT=one";
const started: Bun.Subprocess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

test.each([undefined, "darwin"] as const)(
  "wasStartedWith() knows a process by its environment (platform %p)",
  async (platform) => {
    const folder = tmpdir();
    const environments = [{ OPERATOR_DEPLOYMENT: "one" }, { OPERATOR_DEPLOYMENT: "one-more" }, {}];
    const sleepers = await Promise.all(environments.map((env) => startSleeper({ ...env }, folder)));
    started.push(...sleepers);

    expect(sleepers.map(({ pid }) => wasStartedWith(pid, { variable, folder }, platform))).toEqual([
      true,
      false,
      false,
    ]);
    expect(wasStartedWith(0x7fff_fff0, { variable, folder }, platform)).toBe(false);
  },
);

test("wasStartedWith() knows a process that has written over its environment by its folder, as Redis does", async () => {
  const folder = mkdtempSync(join(tmpdir(), "operator-"));
  const redis = Bun.spawn(["redis-server", "--port", "0", "--unixsocket", join(folder, "s"), "--save", ""], {
    cwd: folder,
    env: { OPERATOR_DEPLOYMENT: "one" },
    stdout: "ignore",
  });
  started.push(redis);
  await until(() => !Bun.spawnSync(["ps", "-o", "args=", "-p", String(redis.pid)]).stdout.includes("--save"));

  expect(wasStartedWith(redis.pid, { variable, folder })).toBe(true);
  expect(wasStartedWith(redis.pid, { variable, folder: tmpdir() })).toBe(false);
  expect(wasStartedWith(redis.pid, { variable })).toBe(false);
  rmSync(folder, { recursive: true });
});
