/** Megabytes of metrics page read per second: `bun test/bench/exposition.ts [captured page]`, by default a generated one. */

import { readExposition } from "../../src/prometheus/exposition.ts";
import { median } from "./processes.ts";

const PAGE_BYTES = 10_000_000;
const CHUNK_BYTES = 64 * 1024;
const ROUNDS = 7;
const BOUNDS = Array.from({ length: 20 }, (_, index) => String(0.0005 * 2 ** index));

const captured = Bun.argv[2];
const page = repeated(captured ? await Bun.file(captured).text() : generated());
const metrics = new Set(page.toString().match(/(?<=^# TYPE )\S+/gm));
const [first = ""] = metrics;

console.log(`A page of ${(page.length / 1e6).toFixed(1)} MB with ${metrics.size} metrics, in chunks of 64 KiB\n`);
console.log("| wanted | samples kept | ms | MB/s |\n|---|---|---|---|");
await report("everything", undefined);
await report("one metric", new Set([first]));
await report("nothing", new Set());

async function report(what: string, wanted: ReadonlySet<string> | undefined): Promise<void> {
  const elapsedMs: number[] = [];
  let kept = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const begun = performance.now();
    const { samples } = await readExposition(chunks(), wanted ? { wanted } : {});
    elapsedMs.push(performance.now() - begun);
    kept = samples.length;
  }
  const ms = median(elapsedMs);
  console.log(`| ${what} | ${kept} | ${ms.toFixed(0)} | ${(page.length / 1000 / ms).toFixed(0)} |`);
}

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < page.length; at += CHUNK_BYTES) yield page.subarray(at, at + CHUNK_BYTES);
}

function repeated(text: string): Buffer {
  const once = Buffer.from(text.endsWith("\n") ? text : `${text}\n`);
  return Buffer.concat(Array.from({ length: Math.ceil(PAGE_BYTES / once.length) }, () => once));
}

/** Histograms and counters with two or three labels, as servers of databases have them. */
function generated(): string {
  const lines: string[] = [];
  for (let metric = 0; metric < 20; metric++) {
    lines.push(`# HELP server_command_${metric}_seconds Bucketed duration of commands.`);
    lines.push(`# TYPE server_command_${metric}_seconds histogram`);
    for (let command = 0; command < 30; command++)
      lines.push(...histogram(`server_command_${metric}_seconds`, command));
  }
  return `${lines.join("\n")}\n`;
}

function histogram(name: string, command: number): string[] {
  const labels = `type="command_${command}",priority="normal"`;
  const buckets = [...BOUNDS, "+Inf"].map((le, index) => `${name}_bucket{${labels},le="${le}"} ${index * 1237}`);
  return [...buckets, `${name}_sum{${labels}} ${command * 0.0173}`, `${name}_count{${labels}} 25977`];
}
