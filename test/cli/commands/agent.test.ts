/** A deployment that goes and comes back elsewhere is followed, by whoever works on it. */

import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLines } from "../../../src/io/lines.ts";
import { until } from "../../until.ts";
import { spawnOperator } from "../spawn-operator.ts";

setDefaultTimeout(60_000);

const home = mkdtempSync(join(tmpdir(), "operator-follow-"));

afterAll(async () => {
  await spawn("down").exited;
  rmSync(home, { recursive: true });
});

test("operator agent waits for a deployment, and follows it to other addresses", async () => {
  const agent = spawn("agent", "--subject", "ratelimiter", "--interval", "200ms");
  const said: string[] = [];
  const heard = collect(agent.stderr, said);
  const saying = (words: string) => () => said.filter((line) => line.includes(words)).length;
  await until(() => saying("waiting for it")() === 1);

  expect(await spawn("up", "ratelimiter", "--nodes", "1").exited).toBe(0);
  await until(() => saying("ratelimiter: watching")() === 1);

  expect(await spawn("down").exited).toBe(0);
  await until(() => saying("nothing answers")() === 1);
  expect(await spawn("up", "ratelimiter", "--nodes", "2").exited).toBe(0);
  await until(() => saying("has come up elsewhere; following it")() === 1);
  await until(() => saying("ratelimiter: watching")() === 2);

  agent.kill("SIGINT");
  expect(await agent.exited).toBe(130);
  await heard;
});

async function collect(stream: ReadableStream<Uint8Array>, into: string[]): Promise<void> {
  for await (const line of readLines(stream)) into.push(line);
}

function spawn(...args: string[]): Bun.ReadableSubprocess {
  return spawnOperator(home, args);
}
