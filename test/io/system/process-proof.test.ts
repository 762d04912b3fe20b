import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wasStartedWith } from "../../../src/io/system/process-proof.ts";
import { until } from "../../deployments/until.ts";

const variable = "OPERATOR_DEPLOYMENT=one";
const started: Bun.Subprocess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

test.each([undefined, "darwin"] as const)(
  "wasStartedWith() knows a process by its environment (platform %p)",
  (platform) => {
    const [ours, other, bare] = [{ OPERATOR_DEPLOYMENT: "one" }, { OPERATOR_DEPLOYMENT: "one-more" }, {}].map(sleeper);
    const folder = tmpdir();

    expect([ours, other, bare].map((pid) => wasStartedWith(pid ?? 0, { variable, folder }, platform))).toEqual([
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

function sleeper(env: Record<string, string>): number {
  const child = Bun.spawn(["sleep", "100"], { cwd: tmpdir(), env: { PATH: process.env["PATH"] ?? "", ...env } });
  started.push(child);
  return child.pid;
}
