/** The operator as a user runs it: processes of its own command line, in a home that is thrown away. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLines } from "../../src/io/lines.ts";
import { withoutKeys } from "../without-keys.ts";

/** How one command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
}

/** A home with a running cluster. */
export interface Operator extends AsyncDisposable {
  /** Runs one command to its end. */
  run(...args: string[]): Promise<Ended>;
  /** Runs one command and yields the lines of its output as they come; aborting interrupts it. */
  lines(args: readonly string[], signal: AbortSignal): AsyncGenerator<string>;
  /** Starts a command that goes on; its output is dropped. */
  start(...args: string[]): Bun.Subprocess;
}

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

/** Brings up what `operator up <subject>` does, with these flags. */
export async function startOperator(
  flags: Readonly<Record<string, string>> = {},
  subject = "ratelimiter",
): Promise<Operator> {
  const home = mkdtempSync(join(tmpdir(), "operator-prove-"));
  const env = { ...withoutKeys(process.env), OPERATOR_HOME: home };
  const started: Bun.Subprocess[] = [];
  async function run(...args: string[]): Promise<Ended> {
    const child = Bun.spawn([process.execPath, MAIN, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
    const stdout = await new Response(child.stdout).text();
    return { code: await child.exited, stdout };
  }
  async function* lines(args: readonly string[], signal: AbortSignal): AsyncGenerator<string> {
    const child = Bun.spawn([process.execPath, MAIN, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
    const interrupt = (): void => child.kill("SIGINT");
    signal.addEventListener("abort", interrupt, { once: true });
    try {
      yield* readLines(child.stdout);
    } finally {
      signal.removeEventListener("abort", interrupt);
      if (child.exitCode === null) interrupt();
      await child.exited;
    }
  }
  function start(...args: string[]): Bun.Subprocess {
    const child = Bun.spawn([process.execPath, MAIN, ...args], { env, stdio: ["ignore", "ignore", "inherit"] });
    started.push(child);
    return child;
  }
  const said = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  const { code } = await run("up", subject, ...said);
  if (code !== 0) {
    rmSync(home, { recursive: true, force: true });
    throw new Error(`Cannot bring up "${subject}": exit code ${code}`);
  }
  return {
    run,
    lines,
    start,
    async [Symbol.asyncDispose]() {
      for (const child of started) child.kill("SIGTERM");
      await Promise.all(started.map((child) => child.exited));
      await run("down");
      rmSync(home, { recursive: true, force: true });
    },
  };
}
