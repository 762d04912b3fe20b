/** Lines by which a process tells that something is on record, and whether it is there. */

import * as v from "valibot";
import { auditRows, type Records } from "./records.ts";
import type { Said } from "./victim.ts";

/** A line and what must be on record because of it. */
export interface Acknowledged {
  readonly line: string;
  readonly isThere: (records: Records) => boolean;
}

/** What a command of a person writes into the audit log before it says so. */
export interface Promised {
  /** How the line begins that acknowledges it. */
  readonly says: RegExp;
  readonly event: string;
  /** What the row's detail must have. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** The last row before the command was started. */
  readonly afterId: number;
}

/** What follows from the lines of a command of a person. */
export function promisesIn({ lines, talk }: Said, { says, event, detail, afterId }: Promised): readonly Acknowledged[] {
  const isThere = (records: Records): boolean =>
    auditRows(records, afterId).some((row) => row.event === event && Bun.deepMatch(detail, row.detail));
  const told = [...lines, ...talk].filter((line) => says.test(line)).map((line) => ({ line, isThere }));
  return [...told, ...headsIn(talk)];
}

/** What follows from the lines of a process that watches or acts. */
export function newsIn({ lines, talk }: Said): readonly Acknowledged[] {
  const ends = talk.flatMap((line) => {
    const [, id, state] = /\baction (\d+) (\w+): /.exec(line) ?? [];
    if (id === undefined || state === undefined) return [];
    if (state === "pending") return [asRow(line, "SELECT 1 FROM action_runs WHERE id = ?", Number(id))]; // it goes on
    return [asRow(line, "SELECT 1 FROM action_runs WHERE id = ? AND state = ?", Number(id), state)];
  });
  return [...lines.flatMap(newsOf), ...ends, ...headsIn(talk)];
}

/** What follows from the lines of a process that breaks something; its records are the journal. */
export function injectionsIn({ lines }: Said): readonly Acknowledged[] {
  return lines.flatMap((line) => {
    const { event, id } = v.parse(Broken, JSON.parse(line));
    const states = event === "injected" ? "'injected', 'healed'" : "'healed'";
    return [asRow(line, `SELECT 1 FROM injections WHERE id = ? AND state IN (${states})`, id)];
  });
}

const Broken = v.object({ event: v.picklist(["injected", "healed", "taken-down"]), id: v.number() });

const News = v.variant("kind", [
  v.object({ kind: v.literal("verdict"), at: v.string(), invariant: v.string(), entity: v.string(), to: v.string() }),
  v.object({
    kind: v.literal("ticket"),
    at: v.string(),
    change: v.string(),
    actor: v.string(),
    ticket: v.object({ id: v.number() }),
  }),
  v.object({
    kind: v.literal("incident"),
    at: v.string(),
    to: v.string(),
    actor: v.string(),
    incident: v.object({ id: v.number() }),
  }),
]);

function newsOf(line: string): readonly Acknowledged[] {
  const news = v.parse(News, JSON.parse(line));
  const atMs = Date.parse(news.at);
  switch (news.kind) {
    case "verdict": {
      const sql = "SELECT 1 FROM events WHERE at_ms = ? AND invariant = ? AND of_id = ? AND to_verdict = ?";
      return [asRow(line, sql, atMs, news.invariant, news.entity, news.to)];
    }
    case "ticket": {
      const sql = "SELECT 1 FROM ticket_transitions WHERE ticket = ? AND at_ms = ? AND change = ? AND actor = ?";
      return [asRow(line, sql, news.ticket.id, atMs, news.change, news.actor)];
    }
    case "incident": {
      const sql = "SELECT 1 FROM incident_transitions WHERE incident = ? AND at_ms = ? AND to_state = ? AND actor = ?";
      return [asRow(line, sql, news.incident.id, atMs, news.to, news.actor)];
    }
  }
}

/** Whoever tells the end of the audit log tells that all of it up to there is on record. */
function headsIn(talk: readonly string[]): readonly Acknowledged[] {
  return talk.flatMap((line) => {
    const [, id, hash] = /\baudit head (\d+):([0-9a-f]{16})/.exec(line) ?? [];
    if (id === undefined || hash === undefined) return [];
    return [asRow(line, "SELECT 1 FROM audit WHERE id = ? AND substr(hash, 1, 16) = ?", Number(id), hash)];
  });
}

function asRow(line: string, sql: string, ...values: readonly (string | number)[]): Acknowledged {
  return { line, isThere: (records) => records.count(sql, ...values) > 0 };
}
