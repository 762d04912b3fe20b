/** `bun run ok`, the only gate: types, lint, format, unused, no URL in the lock, tests. Ends at the first that fails. */

import { readFileSync } from "node:fs";

const bun = process.execPath;
/** How many of the slowest tests are named at the end. */
const SLOWEST = 20;
const checks: readonly (readonly [name: string, command: readonly string[]])[] = [
  ["types", [bun, "run", "types"]],
  ["lint", [bun, "run", "lint"]],
  ["format", [bun, "run", "format"]],
  ["unused", [bun, "run", "unused"]],
];

for (const [name, command] of checks) {
  const { exitCode } = Bun.spawnSync([...command], { stdio: ["ignore", "inherit", "inherit"] });
  if (exitCode !== 0) fail(`${name} failed`);
}
if (readFileSync("bun.lock", "utf8").includes("://"))
  fail('bun.lock contains a URL: sed -E \'s#"https?://[^"]*\\.tgz"#""#\'');
const together = await runTests([
  "--parallel=2",
  "--coverage",
  "--path-ignore-patterns=test/alone/**",
  ...process.argv.slice(2),
]);
const alone = await runTests(["test/alone"]);
const sum = (count: "pass" | "fail" | "skip"): number => together[count] + alone[count];
const slowest = [...together.timed, ...alone.timed].toSorted((a, b) => b.durationMs - a.durationMs).slice(0, SLOWEST);
console.log(`The ${SLOWEST} slowest tests:`);
for (const { name, durationMs } of slowest) console.log(`${(durationMs / 1000).toFixed(1).padStart(7)} s  ${name}`);
console.log(`${sum("pass")} passed, ${sum("fail")} failed, ${sum("skip")} skipped`);
process.exit(together.ok && alone.ok ? 0 : 1);

interface Timed {
  readonly name: string;
  readonly durationMs: number;
}

interface Counts {
  readonly ok: boolean;
  readonly pass: number;
  readonly fail: number;
  readonly skip: number;
  readonly timed: readonly Timed[];
}

/** A run without its closing line was ended by a stray `process.exit`, and a missed coverage threshold is silent. */
async function runTests(args: readonly string[]): Promise<Counts> {
  const tests = Bun.spawn([bun, "test", "--timeout=60000", ...args], { stdio: ["ignore", "inherit", "pipe"] });
  let output = "";
  for await (const chunk of tests.stderr.pipeThrough(new TextDecoderStream())) {
    process.stderr.write(chunk);
    output += chunk;
  }
  const code = await tests.exited;
  const count = (word: string): number => Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(output)?.[1] ?? 0);
  const ran = /^Ran \d+ tests? across \d+ files?/m.test(output);
  if (code !== 0 && ran && count("fail") === 0) {
    console.error("Tests pass but the coverage of a file is under its threshold (bunfig.toml)");
  }
  if (!ran) console.error("The test run ended without its closing line");
  return {
    ok: code === 0 && ran,
    pass: count("pass"),
    fail: count("fail"),
    skip: count("skip"),
    timed: timesIn(output),
  };
}

/** What each test took, by the lines that the runner prints of them. */
function timesIn(output: string): readonly Timed[] {
  return [...output.matchAll(/^\((?:pass|fail)\) (.+) \[(\d+(?:\.\d+)?)ms\]$/gm)].map(([, name = "", ms]) => ({
    name,
    durationMs: Number(ms),
  }));
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
