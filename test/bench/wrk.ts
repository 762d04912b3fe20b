/** `wrk` as the driver of every candidate alike: 64 connections, `POST /check` over a number of keys. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What one run measured. */
export interface WrkRun {
  readonly requests: number;
  readonly seconds: number;
  /** Of the slowest server, where there are several. */
  readonly p99Ms: number;
  /** Answers of status 400 and above, 429 among them. */
  readonly refused: number;
}

const CONNECTIONS = 64;

/** Drives servers for some seconds, each by its part of the connections. */
export async function drive(ports: readonly number[], options: { keys: number; seconds: number }): Promise<WrkRun> {
  const folder = mkdtempSync(join(tmpdir(), "operator-wrk-"));
  try {
    const connections = Math.ceil(CONNECTIONS / ports.length);
    const runs = await Promise.all(
      ports.map((port, at) => {
        const script = join(folder, `check-${at}.lua`);
        writeFileSync(script, scriptFor(options.keys, Math.floor((at * options.keys) / ports.length)));
        return runWrk(["-t1", `-c${connections}`, `-d${options.seconds}s`, "-s", script, `http://127.0.0.1:${port}`]);
      }),
    );
    return {
      requests: runs.reduce((sum, { requests }) => sum + requests, 0),
      seconds: Math.max(...runs.map(({ seconds }) => seconds)),
      p99Ms: Math.max(...runs.map(({ p99Ms }) => p99Ms)),
      refused: runs.reduce((sum, { refused }) => sum + refused, 0),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runWrk(flags: readonly string[]): Promise<WrkRun> {
  const child = Bun.spawn(["wrk", ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  const output = await new Response(child.stdout).text();
  const [, requests, microseconds, p99Us, refused] = /DONE (\d+) (\d+) (\d+) (\d+)/.exec(output) ?? [];
  return {
    refused: Number(refused),
    requests: Number(requests),
    seconds: Number(microseconds) / 1e6,
    p99Ms: Number(p99Us) / 1000,
  };
}

/** Keys in turn, from one on. All have one length, so that a request is a concatenation. */
function scriptFor(keys: number, first: number): string {
  return `
local head
function init()
  head = wrk.format("POST", "/check", { ["Content-Type"] = "application/json" }, '{"key":"user:0000000"}'):sub(1, -10)
end
local at = ${first}
function request()
  at = at % ${keys} + 1
  return head .. string.format("%07d", at) .. '"}'
end
function done(summary, latency)
  print(string.format("DONE %d %d %d %d", summary.requests, summary.duration, latency:percentile(99), summary.errors.status))
end
`;
}
