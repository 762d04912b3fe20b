/** Several processes on one file, some of which die in the middle. */

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "../../src/database/mod.ts";

const WRITER = Bun.fileURLToPath(new URL("./writer.ts", import.meta.url));

test("a killed writer loses no acknowledged row, tears no transaction and leaves nothing locked", async () => {
  using folder = temporaryFolder();
  const acknowledged: number[] = [];

  for (let life = 0; life < 4; life++) {
    const writer = spawn(folder.path, `life-${life}`, 100_000);
    for await (const id of idsOf(writer.stdout)) {
      acknowledged.push(id);
      if (acknowledged.length >= (life + 1) * 150) writer.kill("SIGKILL");
    }
    await writer.exited;
  }

  using database = openDatabase(folder.path);
  const tickets = database.tickets.list({ limit: 1_000_000 });
  const known = new Set(tickets.map(({ id }) => id));
  expect(acknowledged.filter((id) => !known.has(id))).toEqual([]);
  expect(tickets.filter(({ id }) => !isWhole(database, id))).toEqual([]);
  expect(database.audit.verify().broken).toBeUndefined();
  expect(database.instances.ensure({ subject: "toy", name: "after" }).name).toBe("after");
}, 20_000);

test("processes that write at once lose nothing and never see each other's instances", async () => {
  using folder = temporaryFolder();
  const names = ["a", "b", "c"];

  const writers = names.map((name) => spawn(folder.path, name, 150));
  const ids = await Promise.all(writers.map(({ stdout }) => Array.fromAsync(idsOf(stdout))));
  const codes = await Promise.all(writers.map(({ exited }) => exited));

  using database = openDatabase(folder.path);
  expect(codes).toEqual([0, 0, 0]);
  for (const [index, name] of names.entries()) {
    const instance = database.instances.find({ subject: "toy", name })?.id ?? 0;
    const own = database.tickets.list({ instance }).map(({ id }) => id);
    expect(own.toReversed()).toEqual(ids[index] ?? []);
    const [window] = database.samples.query(instance, { metric: "round", windowMs: 1e6, endMs: 1e6 });
    expect(window?.points.map(({ value }) => value)).toEqual(Array.from({ length: 150 }, (_, round) => round));
  }
  expect(database.audit.verify()).toMatchObject({ rows: 450, unwitnessed: 0 });
  const heads = await Bun.file(`${folder.path}.audit-heads`).text();
  expect(new Set(heads.trim().split("\n")).size).toBe(450);
  expect(database.audit.verify().broken).toBeUndefined();
}, 20_000);

function isWhole(database: Database, ticket: number): boolean {
  const [transition] = database.tickets.transitions(ticket);
  const incident = database.incidents.ofTicket(ticket);
  return transition?.change === "opened" && incident !== undefined;
}

function spawn(path: string, name: string, rounds: number) {
  return Bun.spawn([process.execPath, WRITER, path, name, `${rounds}`], { stdout: "pipe", stderr: "inherit" });
}

async function* idsOf(stdout: ReadableStream<Uint8Array>): AsyncGenerator<number> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stdout) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.map(Number);
  }
}

function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "operator-test-"));
  return {
    path: join(folder, "operator.db"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
