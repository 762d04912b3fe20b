import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../../src/database/sqlite/connection.ts";
import { transact, transactDurably } from "../../../src/database/sqlite/transaction.ts";
import { temporaryDatabase } from "../../monitor/scripted-session.ts";

const COMMITTER = Bun.fileURLToPath(new URL("../committer.ts", import.meta.url));

test("transactDurably() commits with full synchronisation, and what follows it does not", () => {
  using sqlite = connect(":memory:");
  const levels = [transactDurably(sqlite, () => levelOf(sqlite)), transact(sqlite, () => levelOf(sqlite))];

  expect(() => transactDurably(sqlite, () => sqlite.run("no statement"))).toThrow();
  expect([...levels, levelOf(sqlite)]).toEqual([2, 1, 1]);
});

test("transactDurably() joins one of its own kind and refuses the other", () => {
  using sqlite = connect(":memory:");

  const joined = transactDurably(sqlite, () => transactDurably(sqlite, () => transact(sqlite, () => levelOf(sqlite))));

  expect(joined).toBe(2);
  expect(() => transact(sqlite, () => transactDurably(sqlite, () => 1))).toThrow(
    "Cannot write durably: the running transaction is not durable, expected transactDurably around it",
  );
});

test("audit.append() cannot be forgotten in a transaction that is not durable", () => {
  using database = temporaryDatabase();
  const entry = { atMs: 1, actor: "person/ada", event: "said", detail: {} } as const;

  expect(() => database.transact(() => database.audit.append(entry))).toThrow("Cannot write durably");
  expect(database.audit.list()).toEqual([]);
});

test.skipIf(!canTrace())("transactDurably() has the system write each commit to the disk", async () => {
  const [ten, twenty, rounds] = await Promise.all([
    syncsOf("durable", 10),
    syncsOf("durable", 20),
    syncsOf("plain", 20),
  ]);

  expect(twenty - ten).toBeGreaterThanOrEqual(10);
  expect(twenty - rounds).toBeGreaterThanOrEqual(20);
});

function levelOf(sqlite: ReturnType<typeof connect>): unknown {
  return sqlite.query<{ synchronous: number }, []>("PRAGMA synchronous").get()?.synchronous;
}

/** Calls of fsync and fdatasync by a process that makes so many commits while another connection holds the file. */
async function syncsOf(kind: "durable" | "plain", commits: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "operator-test-"));
  const child = [process.execPath, COMMITTER, join(folder, "operator.db"), kind, String(commits)];
  const strace = ["strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", join(folder, "calls")];
  const { exited } = Bun.spawn([...strace, ...child], { stdio: ["ignore", "inherit", "inherit"] });
  expect(await exited).toBe(0);
  const table = await Bun.file(join(folder, "calls")).text();
  rmSync(folder, { recursive: true });
  // % time, seconds, usecs/call, calls, errors where there are any, syscall
  const calls = [...table.matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(?:fsync|fdatasync)$/gm)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Skipped aloud where system calls cannot be traced, unless `OPERATOR_REQUIRE_SERVERS` is set. */
function canTrace(): boolean {
  const works = Bun.which("strace") !== null && Bun.spawnSync(["strace", "-e", "trace=fsync", "true"]).exitCode === 0;
  if (works || process.env["OPERATOR_REQUIRE_SERVERS"] === "1") return true;
  process.stderr.write("Skipped the count of fsync: it needs strace, and a system that lets it trace\n");
  return false;
}
