/** The journal of what was broken on purpose: written before the effect, so that any later process can heal it. */

import type { SQLQueryBindings, Database as Sqlite } from "bun:sqlite";
import { join } from "node:path";
import { isRunning } from "../core/system/term.ts";
import { connect } from "../database/sqlite/connection.ts";
import { isJson, jsonColumn } from "../database/sqlite/json.ts";
import { transact } from "../database/sqlite/transaction.ts";
import { orTold } from "../database/sqlite/unreadable.ts";
import { whereOf } from "../database/sqlite/where.ts";

/** `armed` is written before the effect; `injected` after it was seen to bite. */
export type InjectionState = "armed" | "injected" | "healed";

/** One injection. */
export interface Injection {
  readonly id: number;
  readonly subject: string;
  /** The deployment that is broken. */
  readonly deployment: string;
  readonly fault: string;
  /** What the schedule chose, as JSON; `inject` and `heal` take it. */
  readonly input: unknown;
  readonly seed: number;
  readonly state: InjectionState;
  /** Epoch milliseconds. */
  readonly armedAtMs: number;
  /** Epoch milliseconds, once it was seen to bite. */
  readonly injectedAtMs: number | null;
  /** Epoch milliseconds, once nothing of it was left. */
  readonly healedAtMs: number | null;
  /** Epoch milliseconds after which anybody may heal it. */
  readonly leaseUntilMs: number;
}

/** Whether anybody may heal an injection. A lease that a clock was put back behind is over: the fault would last longer. */
export function hasExpired({ armedAtMs, leaseUntilMs }: Injection, nowMs: number): boolean {
  return !isRunning({ fromMs: armedAtMs, untilMs: leaseUntilMs }, nowMs);
}

/** A new row. */
export type Arming = Pick<
  Injection,
  "subject" | "deployment" | "fault" | "input" | "seed" | "armedAtMs" | "leaseUntilMs"
>;

/** The journal of one home. */
export interface Journal extends Disposable {
  /** Writes an injection before its effect and answers its number. */
  arm(injection: Arming): number;
  injected(id: number, atMs: number): void;
  healed(id: number, atMs: number): void;
  /** Injections that are not healed, newest first: the order in which they must be undone. */
  open(deployment?: string): readonly Injection[];
  /** All injections, newest first. */
  list(limit: number): readonly Injection[];
}

const MIGRATIONS = [
  `CREATE TABLE injections (
      id INTEGER PRIMARY KEY,
      subject TEXT NOT NULL,
      deployment TEXT NOT NULL,
      fault TEXT NOT NULL,
      input TEXT NOT NULL,
      seed INTEGER NOT NULL,
      state TEXT NOT NULL,
      armed_at_ms INTEGER NOT NULL,
      injected_at_ms INTEGER,
      healed_at_ms INTEGER,
      lease_until_ms INTEGER NOT NULL
    ) STRICT`,
];

const SELECT = `SELECT id, subject, deployment, fault, input, seed, state, armed_at_ms AS armedAtMs,
  injected_at_ms AS injectedAtMs, healed_at_ms AS healedAtMs, lease_until_ms AS leaseUntilMs FROM injections`;

/** Opens the journal of a home; only chaos and trials may. */
export function openJournal(home: string): Journal {
  const sqlite = connect(join(home, "chaos.db"), { form: { migrations: MIGRATIONS } });
  // An armed row must outlive a power cut, or nobody would know what to heal.
  sqlite.run("PRAGMA synchronous = FULL");
  return journalOn(sqlite);
}

const inputColumn = jsonColumn(isJson);

type Row = Omit<Injection, "input"> & { readonly input: string };

function journalOn(sqlite: Sqlite): Journal {
  const mark = (id: number, state: InjectionState, atMs: number): void => {
    transact(sqlite, () => {
      sqlite.query(`UPDATE injections SET state = ?, ${state}_at_ms = ? WHERE id = ?`).run(state, Math.round(atMs), id);
    });
  };
  return {
    arm: (injection) =>
      transact(sqlite, () => {
        const { subject, deployment, fault, input, seed, armedAtMs, leaseUntilMs } = injection;
        const { lastInsertRowid } = sqlite
          .query(
            `INSERT INTO injections (subject, deployment, fault, input, seed, state, armed_at_ms, lease_until_ms)
             VALUES (?, ?, ?, ?, ?, 'armed', ?, ?)`,
          )
          .run(
            subject,
            deployment,
            fault,
            JSON.stringify(input),
            seed,
            Math.round(armedAtMs),
            Math.round(leaseUntilMs),
          );
        return Number(lastInsertRowid);
      }),
    injected: (id, atMs) => mark(id, "injected", atMs),
    healed: (id, atMs) => mark(id, "healed", atMs),
    open: (deployment) => {
      const { clause, values } = whereOf({ "state <> 'healed'": true, "deployment = ?": deployment });
      return sqlite
        .query<Row, SQLQueryBindings[]>(`${SELECT} ${clause} ORDER BY id DESC`)
        .all(...values)
        .map(readRow);
    },
    list: (limit) => sqlite.query<Row, [number]>(`${SELECT} ORDER BY id DESC LIMIT ?`).all(limit).map(readRow),
    [Symbol.dispose]: () => sqlite.close(),
  };
}

/** An input that cannot be read becomes `null`, which the fault refuses; other injections are still healed. */
function readRow(row: Row): Injection {
  return { ...row, input: orTold(inputColumn.read(row.input), { table: "injections", id: row.id }, null) };
}
