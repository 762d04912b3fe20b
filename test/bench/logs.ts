/** Megabytes of TiKV's and PD's logs that one core reads per second, from the lines alone and from the bytes of a file. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readLines } from "../../src/io/lines.ts";
import { parseLog } from "../../src/subjects/tikv/logs/log-events.ts";
import { median } from "./processes.ts";

const FOLDER = join(import.meta.dir, "..", "fixtures", "tikv");
const BYTES = 32_000_000;
const CHUNK_BYTES = 64 * 1024;
const ROUNDS = 7;
const GOAL = 50;

/** Reads each log of the fixtures, repeated with other figures, and answers the table as Markdown. */
export async function benchLogs(): Promise<string> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));
  const texts = files.map((name) => ({ name, text: readFileSync(join(FOLDER, name), "utf8") }));
  const rows: string[] = [];
  for (const { name, text } of texts) rows.push(await measure(name, repeated(text)));
  rows.push(await measure("all of them", repeated(texts.map(({ text }) => text).join(""))));
  const head = `| log | lines | events | MB/s of CPU, lines parsed | MB/s of CPU, bytes read and parsed | goal ≥ ${GOAL} |`;
  return [head, "|---|---|---|---|---|---|", ...rows].join("\n");
}

async function measure(name: string, text: string): Promise<string> {
  const bytes = Buffer.from(text);
  const lines = text.split("\n");
  const parsed: number[] = [];
  const read: number[] = [];
  let events = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await rateOf(bytes.length, async () => {
      events = 0;
      for (const line of lines) if (parseLog(line, "store/1")?.fields["event"] !== undefined) events++;
    });
    const whole = await rateOf(bytes.length, async () => {
      for await (const line of readLines(chunksOf(bytes))) parseLog(line, "store/1");
    });
    parsed.push(alone);
    read.push(whole);
  }
  const slower = Math.min(median(parsed), median(read));
  const cells = [name, lines.length - 1, events, median(parsed).toFixed(0), median(read).toFixed(0)];
  return `| ${cells.join(" | ")} | ${slower >= GOAL ? "met" : "missed"} |`;
}

/** Megabytes per second of CPU, the collection of garbage on other threads included. */
async function rateOf(bytes: number, run: () => Promise<void>): Promise<number> {
  const begun = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(begun);
  return bytes / (user + system);
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

/** Ids, terms and sizes differ from one repetition to the next, so that no message is known from before. */
function repeated(text: string): string {
  const once = text.endsWith("\n") ? text : `${text}\n`;
  const count = Math.ceil(BYTES / once.length);
  return Array.from({ length: count }, (_, turn) => once.replaceAll(BEHIND_TIME, (part) => shifted(part, turn))).join(
    "",
  );
}

/** What stands behind the level: the source, the message and the fields. */
const BEHIND_TIME = /(?<=^\[[^\]]*\] \[[A-Z]+\] ).*$/gm;

function shifted(part: string, turn: number): string {
  let at = 0;
  return part.replaceAll(/\d/g, (digit) => String((Number(digit) + turn * ++at) % 10));
}
