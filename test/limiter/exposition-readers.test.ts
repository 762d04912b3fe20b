/** What others read of a node's metrics page: promtool, and both parsers of Prometheus' Python client, of which that of OpenMetrics is strict. */

import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { testWithPrometheus } from "../prometheus-server.ts";
import { makeNode } from "./test-node.ts";

setDefaultTimeout(60_000);

/** Prints the samples of the page on its input, one per line, by the parser that is named. */
const READER = `
import sys
from importlib import import_module
families = import_module(sys.argv[1]).text_string_to_metric_families(sys.stdin.read())
for family in families:
    for sample in family.samples:
        print(sample.name, sorted(sample.labels.items()), float(sample.value))
`;
const PARSERS = { text: "prometheus_client.parser", openMetrics: "prometheus_client.openmetrics.parser" };

/** Debian's package belongs to Debian's Python, which need not be the first one. */
const python = ["python3", "/usr/bin/python3"].find((program) => hasClient(program));
const testWithPython = mustRun() ? test : test.skip;

let page: { readonly text: string; readonly openMetrics: string };
beforeAll(async () => {
  const { node, decider, send } = makeNode({ limit: 1 });
  for (let i = 0; i < 3; i += 1) await send("POST", "/check", { body: { key: "a" } });
  node.metrics.arrivalWaits.observe({ elapsedMs: 260.7, stallMs: 250 });
  node.metrics.redisCalls.observe(0.3);
  decider.connected = false;
  const get = async (accept: string) => String((await send("GET", "/metrics", { headers: { accept } })).body);
  page = { text: await get("text/plain"), openMetrics: await get("application/openmetrics-text") };
});

testWithPrometheus("promtool finds nothing wrong with the page", async () => {
  expect(await run(["promtool", "check", "metrics"], page.text)).toEqual({ code: 0, said: "" });
});

testWithPython(
  "both parsers of Prometheus' Python client read the same samples of the page in its two formats",
  async () => {
    const command = [python ?? "python3", "-c", READER];

    const text = await run([...command, PARSERS.text], page.text);
    const openMetrics = await run([...command, PARSERS.openMetrics], page.openMetrics);

    expect([text.code, openMetrics.code]).toEqual([0, 0]);
    const samples = text.said.split("\n").filter((line) => !line.startsWith("process_"));
    expect(samples.length).toBeGreaterThan(90);
    expect(openMetrics.said.split("\n").filter((line) => !line.startsWith("process_"))).toEqual(samples);
  },
);

interface Ran {
  readonly code: number;
  /** On both outputs. */
  readonly said: string;
}

async function run(command: readonly string[], input: string): Promise<Ran> {
  const child = Bun.spawn([...command], { stdin: new Blob([input]), stdout: "pipe", stderr: "pipe" });
  const said = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, said: said.join("") };
}

function hasClient(program: string): boolean {
  try {
    return Bun.spawnSync([program, "-c", `import ${PARSERS.openMetrics}`], { stdio: ["ignore", "ignore", "ignore"] })
      .success;
  } catch {
    return false; // there is no such program
  }
}

function mustRun(): boolean {
  if (python !== undefined || process.env["OPERATOR_REQUIRE_SERVERS"] === "1") return true;
  process.stderr.write("Skipped the test that needs Prometheus' Python client: not installed\n");
  return false;
}
