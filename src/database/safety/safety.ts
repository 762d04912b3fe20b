/** Safety settings that every process checks before it acts: the ladder of each instance, and the kill switch (a file and a row). */

import type { Database as Sqlite } from "bun:sqlite";
import * as v from "valibot";
import { Ladder, LOWEST } from "../../core/safety/ladder.ts";
import type { Actor } from "../../core/words/actor.ts";
import { cleanText } from "../sqlite/json.ts";
import { transactDurably } from "../sqlite/transaction.ts";
import type { Change } from "../tickets/tickets.ts";
import type { Halt, HaltFile } from "./halt-file.ts";

/** Reads and sets ladders and the kill switch; changes are on disk when it returns. */
export interface SafetyStore {
  /** The ladder in force; the lowest rung if none was set, or if it cannot be read. */
  ladder(instance: number): Ladder;
  setLadder(instance: number, ladder: Ladder, by: Change): void;
  /** The halt in force: the one of the file beside the database, else the one of its row. */
  halted(): Halt | undefined;
  /** A halt that is only in the file beside the database. */
  uncarried(): Halt | undefined;
  /** Writes the halt into the database, and sets every ladder to the lowest rung. */
  halt(by: Change): void;
  /** Removes the file and then the row, so that a crash in between leaves the halt in force. The ladders stay unchanged. */
  resume(): void;
}

interface HaltRow {
  readonly at_ms: number;
  readonly actor: Actor;
  readonly reason: string;
}

/** The store of one connection. */
export function safetyStore(sqlite: Sqlite, file: HaltFile): SafetyStore {
  const row = (): Halt | undefined => {
    const found = sqlite.query<HaltRow, []>("SELECT at_ms, actor, reason FROM halt").get();
    return found ? { atMs: found.at_ms, actor: found.actor, reason: found.reason } : undefined;
  };
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
    halted: () => file.read() ?? row(),
    uncarried: () => {
      const halt = file.read();
      return halt && !row() ? halt : undefined;
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
        file.remove();
        sqlite.run("DELETE FROM halt");
      }),
  };
}
