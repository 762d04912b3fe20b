import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "../../src/chaos/journal.ts";
import { isGood } from "../../src/core/safety/action-run.ts";
import { INCIDENT_STATES } from "../../src/core/tickets/incident.ts";
import { type Database, openDatabase } from "../../src/database/mod.ts";

const FIXTURE = join(import.meta.dir, "..", "fixtures", "0.1.0");

describe("a home of operator 0.1.0", () => {
  let home: string;
  let database: Database;

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "operator-0.1.0-"));
    cpSync(FIXTURE, home, { recursive: true });
    database = openDatabase(join(home, "operator.db"), { create: false });
  });

  afterAll(() => {
    database[Symbol.dispose]();
    rmSync(home, { recursive: true, force: true });
  });

  test("keeps its tickets: open, held, resolved and reopened", () => {
    const tickets = database.tickets.list();

    expect(tickets).toHaveLength(16);
    expect(tickets.filter(({ held }) => held).map(({ id }) => id)).toEqual([10, 9]);
    expect(database.tickets.get(3)).toMatchObject({ state: "resolved", reopenCount: 1 });
    expect(database.tickets.transitions(3).map(({ change }) => change)).toContain("reopened");
  });

  test("joins open tickets of one invariant and component into the oldest, which is held if any was", () => {
    const [oldest, other] = [database.tickets.get(10), database.tickets.get(11)];

    expect(oldest).toMatchObject({ state: "open", held: true, affected: 2 });
    expect(database.tickets.entities(10).map(({ entity }) => entity)).toEqual(["key/user:7", "key/user:9"]);
    expect(other).toMatchObject({ state: "resolved", held: false });
    expect(database.tickets.transitions(11).at(-1)).toMatchObject({ change: "resolved", reason: "joined ticket 10" });
    expect(database.incidents.tickets(4).map(({ id }) => id)).toEqual([10]);
    const keys = database.tickets.list({ state: "open" }).map(({ invariant, on }) => `${invariant} ${on}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("keeps an incident in each state", () => {
    const states = new Set(database.incidents.list().map(({ state }) => state));

    expect([...states].toSorted()).toEqual([...INCIDENT_STATES].toSorted());
  });

  test("keeps every diagnosis readable", () => {
    const diagnoses = database.incidents.list().flatMap(({ id }) => database.incidents.diagnoses(id));

    expect(diagnoses.length).toBeGreaterThan(5);
    expect(database.incidents.diagnoses(1).at(-1)?.cause).toMatchObject({ component: "node/2", mechanism: "crash" });
  });

  test("cancels what was pending, with a reason, and keeps what was done", () => {
    const [done, pending, ...others] = database.actionRuns.list();

    expect(others).toEqual([]);
    expect(done).toMatchObject({ state: "verified", action: "start-component", origin: { incident: 1 } });
    expect(pending).toMatchObject({ state: "cancelled", origin: { cause: { verdict: "confirmed" } } });
    expect(pending?.reason).toStartWith("Cancelled: an earlier version proposed it");
    expect(database.actionRuns.approvals(done?.id ?? 0)).toMatchObject([{ usedAtMs: expect.any(Number) }]);
    expect(database.actionRuns.approvals(pending?.id ?? 0).filter((one) => isGood(one, one.digest, one.atMs))).toEqual(
      [],
    );
  });

  test("keeps the chain of its audit whole", () => {
    const check = database.audit.verify();

    expect(check.broken).toBeUndefined();
    expect(check.rows).toBeGreaterThan(5);
  });

  test("keeps the frozen evidence of its tickets", () => {
    const frozen = database.tickets.list().flatMap(({ evidence }) => evidence ?? []);

    expect(frozen.length).toBeGreaterThan(0);
    for (const id of frozen) expect(database.evidence.get(id)?.picture?.components.length).toBeGreaterThan(0);
  });

  test("keeps what chaos has left in force", () => {
    using journal = openJournal(home);

    expect(journal.open().map(({ fault }) => fault)).toEqual(["node-kill"]);
  });
});
