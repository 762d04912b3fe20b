/** Processes under measurement: started, waited for, charged for their CPU time, ended by pid. */

import { readFileSync } from "node:fs";
import { createServer } from "node:net";

const CLOCK_TICKS_PER_SECOND = 100;

/** A running process. */
export interface Measured extends AsyncDisposable {
  readonly port: number;
  /** CPU seconds used so far, user and system, from the kernel's accounting. */
  cpuSeconds(): number;
}

/** Starts a server and waits until its port answers. */
export async function startServer(command: (port: number) => readonly string[]): Promise<Measured> {
  const port = await freePort();
  const child = Bun.spawn([...command(port)], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  await untilListening(port);
  return {
    port,
    cpuSeconds: () => cpuSecondsOf(child.pid),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** A Redis without persistence. */
export function startRedis(): Promise<Measured> {
  return startServer((port) => ["redis-server", "--port", String(port), "--bind", "127.0.0.1", "--save", ""]);
}

/** The middle one of a list of figures. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address();
    server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
  });
  return promise;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => undefined } });
      socket.end();
      return;
    } catch {
      await Bun.sleep(50);
    }
  }
  throw new Error(`Cannot reach port ${port}: nothing listens after 10 s`);
}
