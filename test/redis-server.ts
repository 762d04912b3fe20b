/** Real Redis servers for tests: each on a free port of the loopback interface, in a folder of its own, gone with the scope. */

import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

/** A redis-server that belongs to one test. */
export interface RedisServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Runs one command through redis-cli, for what must not go through the connection under test. */
  cli(...args: string[]): Promise<string>;
  /** Stops answering without closing connections. */
  hang(): void;
  resume(): void;
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
}

/** What is unlike the default: no persistence, one database file folder per server. */
export interface RedisServerOptions {
  readonly port?: number;
  /** Further arguments of redis-server, such as `--maxmemory 1mb`. */
  readonly args?: readonly string[];
  /** Lines of a configuration file, for servers that rewrite theirs, such as a sentinel. */
  readonly config?: readonly string[];
}

/** Starts a redis-server and waits until it answers. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "operator-redis-"));
  const port = options.port ?? (await freePort());
  const config = join(folder, "redis.conf");
  await Bun.write(config, (options.config ?? []).map((line) => `${line}\n`).join(""));
  const command = ["redis-server", config, "--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder];
  command.push("--save", "", "--appendonly", "no", "--loglevel", "warning", ...(options.args ?? []));
  let running = await launch(command, port);
  return {
    host: "127.0.0.1",
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return running.pid;
    },
    cli: (...args) => redisCli(port, args),
    hang: () => running.kill("SIGSTOP"),
    resume: () => running.kill("SIGCONT"),
    kill: () => end(running),
    restart: async () => {
      await end(running);
      running = await launch(command, port);
    },
    [Symbol.asyncDispose]: async () => {
      await end(running);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const given = new Set<number>();

/** A port of the loopback interface that nothing listens on, and that was not given before. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    resolve(typeof address === "object" && address ? address.port : 0);
  });
  const port = await promise;
  await new Promise((closed) => server.close(closed));
  if (given.has(port)) return await freePort();
  given.add(port);
  return port;
}

async function launch(command: string[], port: number): Promise<Bun.Subprocess> {
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`Cannot start "${command.join(" ")}": exit code ${child.exitCode}`);
      return (await redisCli(port, ["info", "server"])).includes(`process_id:${child.pid}\r`);
    });
    return child;
  } catch (error) {
    await end(child);
    throw error;
  }
}

async function end(child: Bun.Subprocess): Promise<void> {
  child.kill("SIGKILL");
  await child.exited;
}

async function redisCli(port: number, args: readonly string[]): Promise<string> {
  const child = Bun.spawn(["redis-cli", "-p", `${port}`, ...args], { stdin: "ignore", stderr: "ignore" });
  return (await new Response(child.stdout).text()).trim();
}
