/** Whether effects follow their intents: none without one, none twice, and none that is neither finished nor reported. */

import * as v from "valibot";
import { type AuditRow, auditRows, type Records } from "./records.ts";
import type { Call } from "./witness.ts";

/** What is wrong with an effect at the moment at which it arrives; the intents that had one are remembered by the caller. */
export function objectionTo({ verb, on }: Call, records: Records, had: Set<number>): string | undefined {
  const intent = auditRows(records).findLast(({ event }) => event === "action-intended");
  if (
    !intent ||
    intent.detail["action"] !== `${verb}-component` ||
    !Bun.deepMatch({ component: on }, intent.detail["input"])
  ) {
    return `"${verb} ${on}" was sent without an intent on record`;
  }
  if (had.has(intent.id)) return `"${verb} ${on}" was sent twice for the intent of audit row ${intent.id}`;
  had.add(intent.id);
  return undefined;
}

/** What is wrong with the audit log once everything that was begun has been taken up; a sentence each. */
export function objectionsToAudit(records: Records): readonly string[] {
  const audit = auditRows(records);
  const running = records.rows(v.object({ id: v.number() }), "SELECT id FROM action_runs WHERE state = 'running'");
  return [
    ...actedWhileHalted(audit),
    ...audit.filter(({ event }) => event === "action-intended").flatMap((intent) => objectionsToIntent(intent, audit)),
    ...running.map(({ id }) => `Action ${id} is running and nobody runs it`),
  ];
}

const ENDED = new Set(["action-done", "action-failed", "action-interrupted"]);

function objectionsToIntent({ id, detail: { run } }: AuditRow, audit: readonly AuditRow[]): readonly string[] {
  const about = audit.filter(({ detail }) => detail["run"] === run);
  const intents = about.filter(({ event }) => event === "action-intended").length;
  const ends = about.filter((row) => row.id > id && ENDED.has(row.event)).map(({ event }) => event);
  // What was done and then cut off in its verification is reported, too.
  const [first, second] = ends;
  const isEnded = first !== undefined && (second === undefined || (first === "action-done" && ends.length === 2));
  return [
    ...(intents === 1 ? [] : [`The action of audit row ${id} has ${intents} intents`]),
    ...(isEnded ? [] : [`The intent of audit row ${id} has ended by ${ends.join(", ") || "nothing"}`]),
  ];
}

function actedWhileHalted(audit: readonly AuditRow[]): readonly string[] {
  let halted = false;
  return audit.flatMap(({ id, event }) => {
    if (event === "halted" || event === "halt-carried") halted = true;
    if (event === "resumed") halted = false;
    return halted && event === "action-intended" ? [`Audit row ${id} is an intent while everything was halted`] : [];
  });
}

/** Lines of the file of heads that are not the hash of their row. */
export function objectionsToHeads(text: string, records: Records): readonly string[] {
  const hashes = new Map(auditRows(records).map(({ id, hash }) => [String(id), hash]));
  const heads = [...text.matchAll(/^(\d+) ([0-9a-f]{64})$/gm)];
  return heads
    .filter(([, id = "", hash]) => hashes.get(id) !== hash)
    .map(([head]) => `Head "${head.slice(0, 20)}" has no row`);
}
