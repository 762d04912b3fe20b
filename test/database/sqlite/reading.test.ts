import { afterAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase, openToRead } from "../../../src/database/mod.ts";
import { connectToRead } from "../../../src/database/sqlite/reading.ts";

const READER = Bun.fileURLToPath(new URL("../reader.ts", import.meta.url));
/** A mount that nobody else sees and that ends with the process. */
const UNSHARE = process.geteuid?.() === 0 ? ["unshare", "-m"] : ["unshare", "-r", "-m"];
const canMount =
  Bun.which("unshare") !== null && Bun.spawnSync([...UNSHARE, "mount", "-t", "tmpfs", "tmpfs", tmpdir()]).success;

const folder = mkdtempSync(join(tmpdir(), "operator-reading-"));

afterAll(() => rmSync(folder, { recursive: true }));

test("openToRead() of a file that is not there is empty and makes nothing", () => {
  const path = join(folder, "none", "operator.db");

  using database = openToRead(path);

  expect([database.path, database.instances.list(), database.tickets.list()]).toEqual([path, [], []]);
  expect(readdirSync(folder)).not.toContain("none");
});

test("openToRead() refuses what is no database of ours, as openDatabase() does", () => {
  const path = join(folder, "foreign.db");
  writeFileSync(path, "not a database, but long enough to be taken for one ".repeat(40));

  expect(() => openToRead(path)).toThrow("the file is not a SQLite database");
});

describe("connectToRead() of a file that cannot be written", () => {
  const refuses = (): never => {
    throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
  };

  test("reads it where it lies", () => {
    const path = join(folder, "present.db");
    writtenAt(path)[Symbol.dispose]();

    using sqlite = connectToRead(path, {}, refuses);

    expect(sqlite.query("SELECT name FROM instances").all()).toEqual([{ name: "lamps" }]);
  });

  test("reads a copy of one that must first be brought to the present version, and leaves no copy", () => {
    const path = join(folder, "earlier.db");
    copyFileSync(join(import.meta.dir, "..", "..", "fixtures", "0.1.0", "operator.db"), path);
    const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith("operator-copy-")).length;
    const before = copies();

    using sqlite = connectToRead(path, {}, refuses);

    expect(sqlite.query("SELECT count(*) AS count FROM entity_states").get()).not.toEqual({ count: 0 });
    expect(copies()).toBe(before);
  });

  test("passes on why, where no way is left, and every error that says nothing of writing", () => {
    const path = join(folder, "damaged.db");
    writeFileSync(path, "no database");

    expect(() => connectToRead(path, {}, refuses)).toThrow("database or disk is full");
    expect(() => connectToRead(path)).toThrow("the file is not a SQLite database");
  });
});

test.each(["closed", "open"])("openToRead() reads a file that cannot grow, %s by its writer", async (state) => {
  const path = join(folder, `${state}.db`);
  const writer = writtenAt(path);
  if (state === "closed") writer[Symbol.dispose]();

  const { stdout, stderr } = await read(["sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$@"', "sh"], path);

  expect(stdout).toBe('["lamps"]\n');
  if (state === "closed") {
    expect(stderr).toContain("Opened read-only: Cannot open database");
    return;
  }
  writer[Symbol.dispose]();
});

describe.skipIf(!canMount)("on a disk of its own (needs unshare, and the right to mount a tmpfs)", () => {
  test.each([
    ["full", 'head -c 2M /dev/zero >"$1/filler" 2>/dev/null; true'],
    ["read-only", 'mount -o remount,ro "$1"'],
  ])("openToRead() reads on a %s disk what a killed process has left in its write-ahead log", async (state, make) => {
    const [origin, mounted] = [join(folder, `origin-${state}.db`), join(folder, state)];
    mkdirSync(mounted);
    using _writer = writtenAt(origin);
    const script = `mount -t tmpfs -o size=1m,mode=700 tmpfs "$1" && cp "$2" "$1/a.db" && cp "$2-wal" "$1/a.db-wal" && { ${make}; } && shift 2 && exec "$@"`;

    const { stdout } = await read([...UNSHARE, "sh", "-c", script, "sh", mounted, origin], join(mounted, "a.db"));

    expect(stdout).toBe('["lamps"]\n');
  });
});

function writtenAt(path: string): Database {
  const database = openDatabase(path);
  database.instances.ensure({ subject: "lamps", name: "lamps" });
  return database;
}

/** In a process of its own, to which the limits apply. */
async function read(
  wrapper: readonly string[],
  path: string,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const child = Bun.spawn([...wrapper, process.execPath, READER, path], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { stdout, stderr };
}
