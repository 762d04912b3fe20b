/** The instances in the file. Everything else in it belongs to one of them. */

import type { SQLQueryBindings, Database as Sqlite } from "bun:sqlite";
import type { EmulatedMark, Instance, InstanceName } from "../core/words/instance.ts";
import { transact } from "./sqlite/transaction.ts";
import { whereOf } from "./sqlite/where.ts";

/** Reads and adds instances. */
export interface InstanceStore {
  /** The instance of that name, added if it is new. */
  ensure(name: InstanceName): Instance;
  /** Records whether what now runs under that name is emulated. */
  mark(instance: Instance, isEmulated: boolean): Instance;
  find(name: InstanceName): Instance | undefined;
  get(id: number): Instance | undefined;
  /** All instances, or those of one subject. */
  list(subject?: string): readonly Instance[];
  /** A number that grows whenever a person changes a ticket, so that the monitor knows that it must reload. */
  revision(id: number): number;
  bumpRevision(id: number): void;
}

const COLUMNS = "id, subject, name, emulated";

type Row = Omit<Instance, keyof EmulatedMark> & { readonly emulated: number };

/** The store of one connection. */
export function instanceStore(sqlite: Sqlite): InstanceStore {
  const find = ({ subject, name }: InstanceName): Instance | undefined =>
    sqlite
      .query<Row, [string, string]>(`SELECT ${COLUMNS} FROM instances WHERE subject = ? AND name = ?`)
      .all(subject, name)
      .map(instanceOf)[0];
  return {
    find,
    ensure: (name) =>
      find(name) ??
      transact(sqlite, () => {
        sqlite.query("INSERT OR IGNORE INTO instances (subject, name) VALUES (?, ?)").run(name.subject, name.name);
        const added = find(name);
        if (!added)
          throw new Error(
            `Cannot add instance "${name.name}" of "${name.subject}": the row is missing after the insert`,
          );
        return added;
      }),
    mark(instance, isEmulated) {
      const { emulated: was = false, ...unmarked } = instance;
      if (was === isEmulated) return instance;
      sqlite.query("UPDATE instances SET emulated = ? WHERE id = ?").run(Number(isEmulated), instance.id);
      return isEmulated ? { ...unmarked, emulated: true } : unmarked;
    },
    get: (id) =>
      sqlite.query<Row, [number]>(`SELECT ${COLUMNS} FROM instances WHERE id = ?`).all(id).map(instanceOf)[0],
    list: (subject) => {
      const { clause, values } = whereOf({ "subject = ?": subject });
      return sqlite
        .query<Row, SQLQueryBindings[]>(`SELECT ${COLUMNS} FROM instances ${clause} ORDER BY id`)
        .all(...values)
        .map(instanceOf);
    },
    revision: (id) =>
      sqlite.query<{ revision: number }, [number]>("SELECT revision FROM instances WHERE id = ?").get(id)?.revision ??
      0,
    bumpRevision: (id) => {
      sqlite.query("UPDATE instances SET revision = revision + 1 WHERE id = ?").run(id);
    },
  };
}

function instanceOf({ emulated, ...instance }: Row): Instance {
  return emulated === 0 ? instance : { ...instance, emulated: true };
}
