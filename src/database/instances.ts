/** The instances that the file knows. Everything else in it belongs to one of them. */

import type { SQLQueryBindings, Database as Sqlite } from "bun:sqlite";
import type { Instance, InstanceName } from "../core/words/instance.ts";
import { transact } from "./sqlite/transaction.ts";
import { whereOf } from "./sqlite/where.ts";

/** Reads and adds instances. */
export interface InstanceStore {
  /** The instance of that name, added where it is new. */
  ensure(name: InstanceName): Instance;
  find(name: InstanceName): Instance | undefined;
  get(id: number): Instance | undefined;
  /** All of them, of one subject where one is given. */
  list(subject?: string): readonly Instance[];
  /** A number that grows whenever a person changes a ticket, by which the monitor sees that it must read again. */
  revision(id: number): number;
  bumpRevision(id: number): void;
}

const COLUMNS = "id, subject, name";

/** The store of one connection. */
export function instanceStore(sqlite: Sqlite): InstanceStore {
  const find = ({ subject, name }: InstanceName): Instance | undefined =>
    sqlite
      .query<Instance, [string, string]>(`SELECT ${COLUMNS} FROM instances WHERE subject = ? AND name = ?`)
      .get(subject, name) ?? undefined;
  return {
    find,
    ensure: (name) =>
      find(name) ??
      transact(sqlite, () => {
        sqlite.query("INSERT OR IGNORE INTO instances (subject, name) VALUES (?, ?)").run(name.subject, name.name);
        const added = find(name);
        if (!added)
          throw new Error(`Cannot add instance "${name.name}" of "${name.subject}": it is not there after adding`);
        return added;
      }),
    get: (id) => sqlite.query<Instance, [number]>(`SELECT ${COLUMNS} FROM instances WHERE id = ?`).get(id) ?? undefined,
    list: (subject) => {
      const { clause, values } = whereOf({ "subject = ?": subject });
      return sqlite
        .query<Instance, SQLQueryBindings[]>(`SELECT ${COLUMNS} FROM instances ${clause} ORDER BY id`)
        .all(...values);
    },
    revision: (id) =>
      sqlite.query<{ revision: number }, [number]>("SELECT revision FROM instances WHERE id = ?").get(id)?.revision ??
      0,
    bumpRevision: (id) => {
      sqlite.query("UPDATE instances SET revision = revision + 1 WHERE id = ?").run(id);
    },
  };
}
