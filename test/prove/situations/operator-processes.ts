/** The operator's own commands as processes, all on one home and, where a command reads or writes one, on one database. */

import { closeSync, openSync } from "node:fs";
import { withoutKeys } from "../../without-keys.ts";

/** How one command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that goes on. Disposing interrupts it and waits for its end. */
export interface Started extends AsyncDisposable {
  readonly pid: number;
}

/** Runs and starts commands. Disposing ends those that still run. */
export interface OperatorProcesses extends AsyncDisposable {
  run(...args: readonly string[]): Promise<Ended>;
  start(...args: readonly string[]): Started;
}

const MAIN = new URL("../../../src/main.ts", import.meta.url).pathname;
/** Longer than any command takes that ends by itself. */
const MOST_MS = 60_000;

/** Commands of a home; what those that go on write is appended to a file. */
export function operatorProcesses(home: string, log: string): OperatorProcesses {
  const env = { ...withoutKeys(process.env), OPERATOR_HOME: home };
  const started = new Set<Started>();
  async function run(...args: readonly string[]): Promise<Ended> {
    const child = Bun.spawn([process.execPath, MAIN, ...args], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: MOST_MS,
    });
    const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    return { code: await child.exited, stdout, stderr };
  }
  function start(...args: readonly string[]): Started {
    const out = openSync(log, "a");
    const child = Bun.spawn([process.execPath, MAIN, ...args], { env, stdio: ["ignore", out, out] });
    closeSync(out);
    const one: Started = {
      pid: child.pid,
      async [Symbol.asyncDispose]() {
        started.delete(one);
        child.kill("SIGTERM");
        await child.exited;
      },
    };
    started.add(one);
    return one;
  }
  return {
    run,
    start,
    async [Symbol.asyncDispose]() {
      await Promise.all([...started].map((one) => one[Symbol.asyncDispose]()));
    },
  };
}
