/** Real HAProxy and nginx for tests: each with a configuration of its own on free ports of the loopback interface, gone with the scope. */

import { test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./redis-server.ts";
import { until } from "./until.ts";

/** A proxy that belongs to one test. */
export interface Proxy extends AsyncDisposable {
  readonly url: string;
}

/** An HAProxy, and what it thinks of its servers. */
export interface HaProxy extends Proxy {
  /** State of each server, such as `UP`, by `backend/server`. */
  readonly states: () => Promise<Readonly<Record<string, string>>>;
}

/** Debian keeps servers where only root's PATH leads. */
const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin`;
const missing = ["haproxy", "nginx"].filter((program) => !Bun.which(program, { PATH }));

/** A test that needs both; skipped aloud where there is none, unless `OPERATOR_REQUIRE_SERVERS` is set. */
export const testWithProxies: typeof test = mustRun() ? test : test.skip;

/** Starts an HAProxy whose front leads to the first of the backends, each of them with these lines and the same servers. */
export async function startHaProxy(
  backends: Readonly<Record<string, readonly string[]>>,
  servers: readonly string[],
): Promise<HaProxy> {
  const [front, stats] = [await freePort(), await freePort()];
  const [first = ""] = Object.keys(backends);
  const config = [
    "defaults",
    "mode http",
    "timeout connect 2s",
    "timeout client 20s",
    "timeout server 20s",
    "listen stats",
    `bind 127.0.0.1:${stats}`,
    "stats enable",
    "stats uri /stats",
    "frontend front",
    `bind 127.0.0.1:${front}`,
    `default_backend ${first}`,
    ...Object.entries(backends).flatMap(([name, lines]) => [
      `backend ${name}`,
      ...lines,
      ...servers.map((server, index) => `server node-${index + 1} ${server} check inter 200ms`),
    ]),
  ];
  const proxy = await start("haproxy", config, (file) => ["-f", file, "-db"]);
  async function states(): Promise<Readonly<Record<string, string>>> {
    const page = await (await fetch(`http://127.0.0.1:${stats}/stats;csv`)).text();
    const rows = page.split("\n").map((line) => line.split(","));
    const status = rows[0]?.indexOf("status") ?? -1;
    const own = rows.filter(([, server = ""]) => server.startsWith("node-"));
    return Object.fromEntries(own.map((row) => [`${row[0]}/${row[1]}`, row[status] ?? ""]));
  }
  await until(async () => (await fetch(`http://127.0.0.1:${stats}/stats`).catch(() => undefined))?.ok === true);
  return { ...proxy, url: `http://127.0.0.1:${front}`, states };
}

/** Starts an nginx in front of the servers, all else as it is by default. */
export async function startNginx(servers: readonly string[]): Promise<Proxy> {
  const port = await freePort();
  const config = [
    "daemon off;",
    "master_process off;",
    "pid nginx.pid;",
    "error_log stderr crit;",
    "events {}",
    "http {",
    "access_log off;",
    ...["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`),
    `upstream nodes { ${servers.map((server) => `server ${server};`).join(" ")} }`,
    `server { listen 127.0.0.1:${port}; location / { proxy_pass http://nodes; } }`,
    "}",
  ];
  const proxy = await start("nginx", config, (file, folder) => ["-p", folder, "-c", file, "-e", "stderr"]);
  await until(async () => (await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)) !== undefined);
  return { ...proxy, url: `http://127.0.0.1:${port}` };
}

async function start(
  program: string,
  config: readonly string[],
  args: (file: string, folder: string) => readonly string[],
): Promise<AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), `operator-${program}-`));
  const file = join(folder, "proxy.conf");
  await Bun.write(file, `${config.join("\n")}\n`);
  const child = Bun.spawn([Bun.which(program, { PATH }) ?? program, ...args(file, folder)], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function mustRun(): boolean {
  if (missing.length === 0 || process.env["OPERATOR_REQUIRE_SERVERS"] === "1") return true;
  process.stderr.write(`Skipped the tests that need ${missing.join(" and ")}: not installed\n`);
  return false;
}
