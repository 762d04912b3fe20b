/** The operator as a user runs it: processes of its own command line, in a home that is thrown away. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  /** Starts a command that goes on; its output is dropped. */
  start(...args: string[]): Bun.Subprocess;
}

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

/** Brings up what `operator up` does, with these flags. */
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
  function start(...args: string[]): Bun.Subprocess {
    const child = Bun.spawn([process.execPath, MAIN, ...args], { env, stdio: ["ignore", "ignore", "inherit"] });
    started.push(child);
    return child;
  }
  const { code } = await run("up", subject, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`));
  if (code !== 0) throw new Error(`Cannot bring up ${subject}: exit code ${code}`);
  return {
    run,
    start,
    async [Symbol.asyncDispose]() {
      for (const child of started) child.kill("SIGTERM");
      await Promise.all(started.map((child) => child.exited));
      await run("down");
      rmSync(home, { recursive: true, force: true });
    },
  };
}
