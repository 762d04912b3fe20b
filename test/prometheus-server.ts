/** Real Prometheus servers for tests: each on a free port of the loopback interface, in a folder of its own, gone with the scope. */

import { test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./redis-server.ts";
import { until } from "./until.ts";

/** A prometheus process that belongs to one test. */
export interface PrometheusServer extends AsyncDisposable {
  readonly url: string;
}

/** What it scrapes once a second, and what it knows from the start. */
export interface PrometheusServerOptions {
  /** `host:port` of pages at `/metrics`; the first scrape comes about five seconds after the start. */
  readonly targets?: readonly string[];
  /** A page in OpenMetrics with times, which must be hours old. */
  readonly past?: string;
}

const missing = ["prometheus", "promtool"].filter((program) => !Bun.which(program));

/** A test that needs a real Prometheus; skipped aloud where there is none, unless `OPERATOR_REQUIRE_SERVERS` is set. */
export const testWithPrometheus: typeof test = mustRun() ? test : test.skip;

/** Starts a prometheus and waits until it answers. */
export async function startPrometheus({ targets = [], past }: PrometheusServerOptions): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), "operator-prometheus-"));
  const data = join(folder, "data");
  if (past) await remember(past, folder, data);
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(folder, "prometheus.yml");
  await Bun.write(config, configuration(targets));
  const command = [`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${address}`];
  const child = Bun.spawn(["prometheus", ...command, "--log.level=error"], { stdout: "ignore", stderr: "inherit" });
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`Cannot start prometheus: exit code ${child.exitCode}`);
    return fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  });
  return {
    url: `http://${address}`,
    [Symbol.asyncDispose]: async () => {
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

async function remember(past: string, folder: string, data: string): Promise<void> {
  const page = join(folder, "past.txt");
  await Bun.write(page, past);
  const child = Bun.spawn(["promtool", "tsdb", "create-blocks-from", "openmetrics", page, data], {
    stdout: "ignore",
    stderr: "pipe",
  });
  if ((await child.exited) !== 0) throw new Error(`Cannot fill prometheus: ${await new Response(child.stderr).text()}`);
}

/** JSON is YAML, too. */
function configuration(targets: readonly string[]): string {
  return JSON.stringify({
    global: { scrape_interval: "1s", scrape_timeout: "900ms" },
    scrape_configs: [{ job_name: "test", static_configs: [{ targets }] }],
  });
}
