/** The rows that every process obeys before it acts: the ladder of each instance, and the kill switch. */

import type { Database as Sqlite } from "bun:sqlite";
import * as v from "valibot";
import type { Actor } from "../core/actor.ts";
import { Ladder, LOWEST } from "../core/ladder.ts";
import { cleanText } from "./json.ts";
import type { Change } from "./tickets.ts";
import { transactDurably } from "./transaction.ts";

/** The kill switch while it is thrown. */
export interface Halt {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly actor: Actor;
  readonly reason: string;
}

/** Reads and sets ladders and the kill switch; what it sets is on the disk when it returns. */
export interface SafetyStore {
  /** The ladder in force; the lowest where none was set, or where what was set cannot be read. */
  ladder(instance: number): Ladder;
  setLadder(instance: number, ladder: Ladder, by: Change): void;
  /** The kill switch, if it is thrown. */
  halted(): Halt | undefined;
  /** Throws the kill switch and puts every ladder to the lowest rung. */
  halt(by: Change): void;
  /** Lifts the halt; the ladders stay where they are. */
  resume(): void;
}

/** Ladders and the kill switch, as the first version of the file has them. */
export const safetyTables = `
  CREATE TABLE ladders (
    instance INTEGER PRIMARY KEY REFERENCES instances (id),
    ladder TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL
  ) STRICT;
  CREATE TABLE halt (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL
  ) STRICT`;

interface HaltRow {
  readonly at_ms: number;
  readonly actor: Actor;
  readonly reason: string;
}

/** The store of one connection. */
export function safetyStore(sqlite: Sqlite): SafetyStore {
  return {
    ladder: (instance) => {
      const row = sqlite
        .query<{ ladder: string }, [number]>("SELECT ladder FROM ladders WHERE instance = ?")
        .get(instance);
      const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Ladder), row?.ladder);
      return parsed.success ? parsed.output : LOWEST;
    },
    setLadder: (instance, ladder, { atMs, actor }) =>
      transactDurably(sqlite, () => {
        sqlite
          .query("INSERT OR REPLACE INTO ladders (instance, ladder, at_ms, actor) VALUES (?, ?, ?, ?)")
          .run(instance, JSON.stringify(ladder), Math.round(atMs), actor);
      }),
    halted: () => {
      const row = sqlite.query<HaltRow, []>("SELECT at_ms, actor, reason FROM halt").get();
      return row ? { atMs: row.at_ms, actor: row.actor, reason: row.reason } : undefined;
    },
    halt: ({ atMs, actor, reason }) =>
      transactDurably(sqlite, () => {
        sqlite
          .query("INSERT OR REPLACE INTO halt (one, at_ms, actor, reason) VALUES (1, ?, ?, ?)")
          .run(Math.round(atMs), actor, cleanText(reason));
        sqlite.run("DELETE FROM ladders");
      }),
    resume: () =>
      transactDurably(sqlite, () => {
        sqlite.run("DELETE FROM halt");
      }),
  };
}
