import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "operator-load-"));
const target = `127.0.0.1:${startLimiterThatAdmits(Number.POSITIVE_INFINITY)}`;

afterAll(() => rmSync(folder, { recursive: true }));

describe("operator load", () => {
  test("prints a summary on stdout and the seed on stderr", async () => {
    const { stdout, stderr, code } = await load("--target", target, "--for", "200ms", "--rate", "100/s", "--seed", "7");

    expect(code).toBe(0);
    expect(stdout).toStartWith("20 requests in ");
    expect(stdout).toContain('workload "checks", seed 7');
    expect(stderr).toContain("seed: 7");
  });

  test("prints the summary as the last line of JSON with --json, ticks before it", async () => {
    const { stdout, code } = await load("--target", target, "--for", "1200ms", "--json");

    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(code).toBe(0);
    expect(lines.at(0)).toMatchObject({ allowed: expect.any(Number), limited: 0, failed: 0 });
    expect(lines.at(-1)).toMatchObject({ workload: "checks", requests: 600, outcomes: { allowed: 600 } });
  });

  test("prints no JSON where nobody asked for it, a line per second before the summary", async () => {
    const { stdout } = await load("--target", target, "--for", "1200ms");

    expect(stdout).toMatch(/^1s {2}\d+\/s {2}allowed \d+ {2}limited 0 {2}failed 0 {2}p50 /);
    expect(stdout).not.toContain("{");
  });

  test("exits 3 when the check finds a key with more than its limit", async () => {
    const { stdout, code } = await load("--target", target, "--for", "300ms", "--keys", "1", "--check");

    expect(code).toBe(3);
    expect(stdout).toContain('Check violated: Keys that were allowed more than their limit: 1; the worst: "load-0"');
  });

  test("exits 0 when no key got more than its limit, and shows what was limited", async () => {
    const exact = `127.0.0.1:${startLimiterThatAdmits(5)}`;

    const { stdout, code } = await load("--target", exact, "--for", "300ms", "--keys", "1", "--check", "--json");

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcomes: { allowed: 5, limited: 145 }, check: { verdict: "holds" } });
  });

  test("exits 1 when nothing answers, and says why", async () => {
    const { stdout, code } = await load("--target", "127.0.0.1:1", "--for", "100ms");

    expect(code).toBe(1);
    expect(stdout).toContain("unreachable");
  });

  test("exits 130 when it is interrupted, with the summary still printed", async () => {
    const child = start("--target", target, "--for", "1h", "--rate", "50/s");
    const decoder = new TextDecoder();
    let stdout = "";

    for await (const bytes of child.stdout) {
      if (stdout === "") child.kill("SIGINT");
      stdout += decoder.decode(bytes);
    }

    expect(await child.exited).toBe(130);
    expect(stdout).toContain("allowed");
    expect(stdout).toContain('workload "checks"');
  });

  test("takes two signals of one moment for one wish", async () => {
    const child = start("--target", target, "--for", "1h", "--rate", "50/s");
    let stdout = "";

    for await (const bytes of child.stdout) {
      for (const signal of stdout === "" ? (["SIGINT", "SIGTERM"] as const) : []) child.kill(signal);
      stdout += new TextDecoder().decode(bytes);
    }

    expect([await child.exited, stdout]).toEqual([130, expect.stringContaining('workload "checks"')]);
  });

  test.skipIf(process.platform !== "linux")("outlives its terminal under nohup", async () => {
    const child = startBy(["nohup"], "--target", target, "--for", "2s", "--rate", "50/s");
    let stdout = "";

    for await (const bytes of child.stdout) {
      if (stdout === "") child.kill("SIGHUP");
      stdout += new TextDecoder().decode(bytes);
    }

    expect([await child.exited, stdout]).toEqual([0, expect.stringContaining("100 requests in 2")]);
  });

  test.each([
    [["--target", "https://x:1"], 'Cannot send to "https://x:1", expected "http://host:port"'],
    [["--target", "x:1", "--pattern", "boundary"], "Cannot place two windows of 2m in a run of 30s"],
    [
      ["--target", "x:1", "--hot-ratio", "2"],
      'Cannot use --hot-ratio: Cannot read number "2", expected a number from 0',
    ],
    [["--target", ","], 'Cannot send to ",", expected "http://host:port"'],
    [["--target", "x:1", "--rate", "0"], "Cannot use --rate: Cannot send nothing, expected a rate above 0"],
    [["--target", "x:1", "--rate", "1G/s"], "Cannot use --rate: Cannot send as much, expected at most 1000000/s"],
    [["--target", "x:1", "--for", "0s"], 'Cannot use --for: Cannot use no time, expected at least "1ms"'],
    [["--target", "x:1", "--cost", "0"], "Cannot use --cost: Cannot use cost, expected a whole number from 1"],
    [["--target", "x:1", "--window", "0s"], "Cannot use --window: Cannot use window, expected whole milliseconds"],
    [["--target", "x:1", "--seed", "5G"], "Cannot use --seed: Cannot use as a seed, expected at most 4294967295"],
  ])("exits 2 for %p", async (flags, message) => {
    const { stderr, code } = await load(...flags);

    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test("says what to start when no target is given and none is running", async () => {
    const { stderr, code } = await load();

    expect(code).toBe(1);
    expect(stderr).toContain('expected "operator up" first');
  });
});

/** Admits that many checks and denies the rest, whatever limit it claims to have: 5 units in 60 seconds. */
function startLimiterThatAdmits(admits: number): number {
  let count = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch() {
      const allowed = ++count <= admits;
      const headers = { "ratelimit-policy": '"default";q=5;w=60' };
      return Response.json({ allowed, limit: 5 }, { status: allowed ? 200 : 429, headers });
    },
  });
  server.unref();
  return server.port ?? 0;
}

function start(...flags: readonly string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  return startBy([], ...flags);
}

function startBy(program: readonly string[], ...flags: readonly string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  return Bun.spawn([...program, process.execPath, "src/main.ts", "load", "--timeout", "10s", ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, OPERATOR_HOME: folder, XDG_CONFIG_HOME: folder },
  });
}

async function load(...flags: readonly string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  const child = start(...flags);
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { stdout, stderr, code: await child.exited };
}
