/** `wrk` as the driver of every candidate alike: 64 connections, `POST /check` over a number of keys. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What one run of wrk measured. */
export interface WrkRun {
  readonly requests: number;
  readonly seconds: number;
  readonly p99Ms: number;
  /** Answers of status 400 and above, 429 among them. */
  readonly refused: number;
}

/** Drives one port for some seconds. */
export async function drive(port: number, { keys, seconds }: { keys: number; seconds: number }): Promise<WrkRun> {
  const folder = mkdtempSync(join(tmpdir(), "operator-wrk-"));
  const script = join(folder, "check.lua");
  writeFileSync(script, scriptFor(keys));
  try {
    const command = ["wrk", "-t1", "-c64", `-d${seconds}s`, "-s", script, `http://127.0.0.1:${port}`];
    const child = Bun.spawn(command, { stdio: ["ignore", "pipe", "inherit"] });
    const output = await new Response(child.stdout).text();
    const [, requests, microseconds, p99Us, refused] = /DONE (\d+) (\d+) (\d+) (\d+)/.exec(output) ?? [];
    return {
      refused: Number(refused),
      requests: Number(requests),
      seconds: Number(microseconds) / 1e6,
      p99Ms: Number(p99Us) / 1000,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function scriptFor(keys: number): string {
  return `
local bodies = {}
function init()
  for i = 1, ${keys} do
    bodies[i] = wrk.format("POST", "/check", { ["Content-Type"] = "application/json" }, '{"key":"user:' .. i .. '"}')
  end
end
local at = 0
function request()
  at = at % ${keys} + 1
  return bodies[at]
end
function done(summary, latency)
  print(string.format("DONE %d %d %d %d", summary.requests, summary.duration, latency:percentile(99), summary.errors.status))
end
`;
}
