/** Several processes on one file, some of which die in the middle. */

import { expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
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
}, 120_000);

test("a process that opens the file again while it writes keeps its lock, for nothing reads an open database as a file", () => {
  using folder = temporaryFolder();
  using database = openDatabase(folder.path);
  const script = `const { Database } = await import("bun:sqlite");
    const other = new Database(${JSON.stringify(folder.path)});
    try { other.run("BEGIN IMMEDIATE"); console.log("free"); } catch ({ code }) { console.log(code); }`;

  const seen = database.transact(() => {
    database.instances.ensure({ subject: "toy", name: "a" });
    openDatabase(folder.path, { create: false })[Symbol.dispose]();
    database.audit.verify();
    return Bun.spawnSync([process.execPath, "-e", script]).stdout.toString().trim();
  });

  expect(seen).toBe("SQLITE_BUSY");
});

test("the file and what SQLite keeps beside it are for their owner alone, under a umask of 0 and from a wider one too", () => {
  using folder = temporaryFolder();
  const umask = process.umask(0);
  const modes = (): readonly number[] =>
    ["", "-wal", "-shm"].map((beside) => statSync(folder.path + beside).mode & 0o777);

  using database = openDatabase(folder.path);
  database.instances.ensure({ subject: "toy", name: "a" });
  process.umask(umask);
  const made = modes();
  for (const beside of ["", "-wal", "-shm"]) chmodSync(folder.path + beside, 0o664);
  using _again = openDatabase(folder.path);

  expect([made, modes()]).toEqual([
    [0o600, 0o600, 0o600],
    [0o600, 0o600, 0o600],
  ]);
});

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
}, 120_000);

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
