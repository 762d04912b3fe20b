/** Megabytes of a metrics page read per second. */

import { readExposition } from "../../src/prometheus/exposition.ts";
import { median } from "./processes.ts";

const PAGE_BYTES = 10_000_000;
const CHUNK_BYTES = 64 * 1024;
const ROUNDS = 7;
const BOUNDS = Array.from({ length: 20 }, (_, index) => String(0.0005 * 2 ** index));

/** Measures how fast a generated page is read and answers the table as Markdown. */
export async function benchExposition(): Promise<string> {
  const page = repeated(generated());
  const [first = ""] = page.toString().match(/(?<=^# TYPE )\S+/m) ?? [];
  const wantings = [
    ["everything", undefined],
    ["one metric", new Set([first])],
    ["nothing", new Set<string>()],
  ] as const;
  const rows: string[] = [];
  for (const [what, wanted] of wantings) rows.push(await measure(page, what, wanted));
  return ["| wanted of a 10 MB page | samples kept | ms | MB/s |\n|---|---|---|---|", ...rows].join("\n");
}

async function measure(page: Buffer, what: string, wanted: ReadonlySet<string> | undefined): Promise<string> {
  const elapsedMs: number[] = [];
  let kept = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const begun = performance.now();
    const { samples } = await readExposition(chunks(page), wanted ? { wanted } : {});
    elapsedMs.push(performance.now() - begun);
    kept = samples.length;
  }
  const ms = median(elapsedMs);
  return `| ${what} | ${kept} | ${ms.toFixed(0)} | ${(page.length / 1000 / ms).toFixed(0)} |`;
}

async function* chunks(page: Buffer): AsyncGenerator<Uint8Array> {
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
