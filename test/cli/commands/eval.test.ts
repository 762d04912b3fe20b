/** The command as it is typed; trials are tested where they are made. */

import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnOperator } from "../spawn-operator.ts";

const home = mkdtempSync(join(tmpdir(), "operator-eval-"));

afterAll(() => rmSync(home, { recursive: true }));

test("operator eval exits 2 where its flags cannot be used, or nothing runs here that it may break", async () => {
  const runs = await Promise.all([
    operator("--resume"),
    operator("--trials", "0"),
    operator("--baseline", "5"),
    operator(
      "--subject",
      "ratelimiter",
      "--endpoint",
      "nodes=1=127.0.0.1:1",
      "--endpoint",
      "redis=redis://127.0.0.1:1",
    ),
  ]);

  expect(runs.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
  expect(runs.map(({ error }) => error)).toEqual([
    expect.stringContaining("Cannot resume without --seed"),
    expect.stringContaining("Cannot run 0 trials"),
    expect.stringContaining("Cannot compare with so little"),
    expect.stringContaining("it is no deployment of this machine"),
  ]);
});

async function operator(...args: readonly string[]) {
  const child = spawnOperator(home, ["eval", ...args]);
  const [code, error] = await Promise.all([child.exited, child.stderr.text()]);
  return { code, error };
}
