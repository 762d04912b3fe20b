import { afterAll, beforeAll, expect, test } from "bun:test";
import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLog } from "../../src/deployments/local/logs/log-file.ts";
import { olderLog, removeLog, rotateLog } from "../../src/deployments/local/logs/log-rotation.ts";
import { KEY_BEGIN, KEY_END, PLAIN } from "../core/text/redaction-corpus.ts";
import { until } from "../until.ts";

const FULL_BYTES = 20_000;

let folder: string;
let count = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "operator-rotation-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function newLog(text = ""): string {
  count += 1;
  const path = join(folder, `${count}.log`);
  appendFileSync(path, text, { mode: 0o600 });
  return path;
}

test("rotateLog() leaves alone what is not full, and what is not there", async () => {
  const path = newLog("short\n");

  expect(await rotateLog(path, FULL_BYTES)).toBe(false);
  expect(await rotateLog(join(folder, "missing.log"))).toBe(false);
  expect(readFileSync(path, "utf8")).toBe("short\n");
});

test("rotateLog() keeps one older part for its owner, while the writer goes on in the file that it holds", async () => {
  const path = newLog();
  const file = openSync(path, "a", 0o600);

  for (const letter of ["a", "b", "c"]) {
    writeSync(file, letter.repeat(FULL_BYTES + 1));
    expect(await rotateLog(path, FULL_BYTES)).toBe(true);
  }
  writeSync(file, "after\n");

  closeSync(file);
  expect(readFileSync(path, "utf8")).toBe("after\n");
  expect(readFileSync(olderLog(path), "utf8")).toBe("c".repeat(FULL_BYTES + 1));
  expect(statSync(olderLog(path)).mode & 0o777).toBe(0o600);
  removeLog(path);
  expect(await Array.fromAsync(readLog(path, { follow: false, signal: AbortSignal.timeout(1000) }))).toEqual([]);
});

test("rotateLog() cuts a log all the same where it cannot be copied", async () => {
  const blocked = newLog();
  appendFileSync(blocked, "y".repeat(FULL_BYTES + 1));
  await Bun.write(join(olderLog(blocked), "in-the-way"), "");

  expect(await rotateLog(blocked, FULL_BYTES)).toBe(true);
  expect(statSync(blocked).size).toBe(0);
});

test("readLog() reads the newest lines across both parts, a line that was cut in two included", async () => {
  const path = newLog(`first\n${"x".repeat(FULL_BYTES)}\nbefore\ncut `);
  await rotateLog(path, FULL_BYTES);
  appendFileSync(path, "in two\nafter\n");

  const lines = await Array.fromAsync(readLog(path, { limit: 3, follow: false, signal: AbortSignal.timeout(1000) }));

  expect(lines).toEqual(["before", "cut in two", "after"]);
});

test("readLog() follows a chatty child through every rotation without losing or repeating a line", async () => {
  const path = newLog("0 begun\n");
  const log = openSync(path, "a", 0o600);
  const ended = new AbortController();
  const last = 4000;
  const lines: string[] = [];
  const following = (async () => {
    for await (const line of readLog(path, { follow: true, signal: ended.signal })) lines.push(line);
  })();

  const script = `for n in $(seq 1 ${last}); do echo "$n of a child that talks much"; [ $((n % 100)) = 0 ] && sleep 0.01; done`;
  await using child = Bun.spawn(["sh", "-c", script], { stdout: log, stdin: "ignore" });
  closeSync(log);
  let rotations = 0;
  while (child.exitCode === null) {
    // What is written between the last copy and the cut is lost; a child that is stopped writes nothing.
    child.kill("SIGSTOP");
    if (await rotateLog(path, FULL_BYTES)) {
      rotations += 1;
      const aside = numberOf(readFileSync(olderLog(path), "utf8").split("\n").at(-2));
      await until(() => numberOf(lines.at(-1)) >= aside);
    }
    child.kill("SIGCONT");
    await Bun.sleep(5);
  }
  await until(() => lines.at(-1)?.startsWith(`${last} `) ?? false);
  ended.abort();
  await following;

  expect(rotations).toBeGreaterThan(2);
  expect(lines.map(numberOf)).toEqual(Array.from({ length: last + 1 }, (_, n) => n));
}, 120_000);

test("readLog() tells no secret, of which lines it may consist", async () => {
  const path = newLog(
    [`connecting to redis://:${PLAIN}@10.0.0.1`, KEY_BEGIN.join(""), "MIIEvQIBADAN", KEY_END.join(""), "up", ""].join(
      "\n",
    ),
  );

  const lines = await Array.fromAsync(readLog(path, { follow: false, signal: AbortSignal.timeout(1000) }));

  expect(lines).toEqual(["connecting to redis://:[redacted]@10.0.0.1", "[redacted]", "up"]);
});

function numberOf(line = "-1"): number {
  return Number.parseInt(line, 10);
}
