/** The command as it is typed; what it computes is tested where it is computed. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnOperator } from "../spawn-operator.ts";

const home = mkdtempSync(join(tmpdir(), "operator-rank-"));
const table = join(home, "table.csv");

beforeAll(() => {
  const rows = Array.from({ length: 80 }, (_, row) => `${row},${row < 70 ? 1 : 5},${1 + (row % 5) / 50}`);
  writeFileSync(table, ["time,front_latency,back_cpu", ...rows].join("\n"));
});

afterAll(() => rmSync(home, { recursive: true }));

test("operator rank prints the ranking, for people and as JSON", async () => {
  const [text, json] = await Promise.all([operator(table, "--at", "70"), operator(table, "--at", "70", "--json")]);

  expect([text.code, json.code]).toEqual([0, 0]);
  expect(text.out).toMatch(/^Confidence {2}0\.\d\d \(likely\)/m);
  expect(JSON.parse(json.out)).toMatchObject({ onsetMs: 70_000 });
  expect(JSON.parse(json.out).components[0]).toMatchObject({ component: "front", moves: [{ metric: "latency" }] });
});

test("operator rank exits 2 where its input or its flags cannot be used", async () => {
  const runs = await Promise.all([
    operator(table, "--at", "700"),
    operator(table, "--at", "noon"),
    operator(join(home, "none.csv")),
    operator(table, "--signal", "error"),
    operator(table, "--search", "1m"),
  ]);

  expect(runs.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
  expect(runs.map(({ error }) => error.replace(/^\S+ \[error\] /, "").split(/[:,]/)[0])).toEqual([
    "Cannot rank at 1970-01-01T00",
    "Cannot use --at",
    expect.stringContaining("Cannot read"),
    "Cannot use --signal without --symptom",
    "Cannot use --search without --at",
  ]);
});

async function operator(...args: readonly string[]) {
  const child = spawnOperator(home, ["rank", ...args]);
  const [code, out, error] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, out, error: error.trim() };
}
