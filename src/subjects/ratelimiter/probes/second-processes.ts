/**
 * Two processes that were started with the same node number: each writes the one row of that number in the register, so that
 * the row shows now the one and now the other.
 */

import type { Reading } from "../../../core/subject/probe.ts";
import type { Register, RegisteredRow } from "../client/replies.ts";

/** Milliseconds after its last heartbeat for which a process that the row does not show counts as running. */
const FRESH_MS = 10_000;

/** The reading with the processes that share their number with the one that a row shows. */
export function withSeconds(read: Register, previous: Reading<Register> | undefined, atMs: number): Register {
  if (!previous) return read;
  const seconds = read.rows.flatMap((row) => secondsOf(row, previous, atMs));
  return { ...read, ...(seconds.length > 0 && { seconds }) };
}

/** After a restart the row shows the newer process only. Where it shows an older one again, both are running. */
function secondsOf(
  row: RegisteredRow,
  { value, atMs: readAtMs }: Reading<Register>,
  atMs: number,
): readonly RegisteredRow[] {
  const known = (value.seconds ?? []).filter(({ id }) => id === row.id);
  const seen = [...known, ...value.rows.filter(({ id }) => id === row.id)]
    .filter(({ startedAtMs }) => startedAtMs !== undefined && startedAtMs !== row.startedAtMs)
    .map((one) => ({ ...one, heartbeatAgeMs: one.heartbeatAgeMs + atMs - readAtMs }))
    .filter(({ heartbeatAgeMs }) => heartbeatAgeMs < FRESH_MS);
  const isOlderAgain = seen.some(({ startedAtMs = 0 }) => startedAtMs > (row.startedAtMs ?? Number.POSITIVE_INFINITY));
  return known.length > 0 || isOlderAgain ? seen : [];
}
