/** Makes a recorded case small enough for the repository. */

import { type Case, parseCase } from "../../../src/agent/case/case.ts";

/** Bytes of what one inspection showed that are kept in a bundle. */
const MOST_INSPECTED = 200;
const MOST_CHANGES = 10;
const MOST_LINES = 5;
/** Judgements and events of one invariant and verdict that are kept; of what no ticket is about one of each. */
const MOST_ALIKE = 2;
/** Healthy readings that are kept. */
const HEALTHY = 60;

/** A bundle of the repository holds the beginning of what was read, not the whole of it; made small again it stays the same. */
export function small(given: Case): Case {
  const tickets = oneForEachComponent(given.tickets);
  const own = new Set<string>(tickets.flatMap(({ affected }) => affected));
  const counted = counter();
  return parseCase({
    ...given,
    tickets,
    judgements: given.judgements
      .filter(
        ({ invariant, verdict, entity }) =>
          counted(`${invariant} ${verdict} ${own.has(entity)}`) <= (own.has(entity) ? MOST_ALIKE : 1),
      )
      .map((said) => (said.verdict === "holds" ? { ...said, evidence: {} } : said)),
    events: given.events
      .filter(
        ({ invariant, event, of }) =>
          invariant === undefined || counted(`${invariant} ${event} ${own.has(of)}`) <= (own.has(of) ? MOST_ALIKE : 1),
      )
      .map(({ said, ...event }) => ({ ...event, ...(said && { said: { ...said, figures: {} } }) })),
    series: smallTable(given),
    logs: given.logs.map((tail) => ({ ...tail, events: tail.events.slice(-MOST_LINES) })),
    inspections: given.inspections.map(({ value, difference, ...shown }) => ({
      ...shown,
      ...(JSON.stringify(value ?? null).length <= MOST_INSPECTED
        ? { ...(value !== undefined && { value }) }
        : { isCut: true }),
      ...(difference && { difference: { ...difference, changes: difference.changes.slice(0, MOST_CHANGES) } }),
    })),
  });
}

/** One ticket speaks of one invariant and component, and lists what it affects; the first are enough. */
function oneForEachComponent(tickets: Case["tickets"]): Case["tickets"] {
  const byName = Map.groupBy(tickets, ({ invariant, on }) => `${invariant} ${on}`);
  return [...byName.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const affected = [first, ...others].flatMap((ticket) => ticket.affected).slice(0, MOST_ALIKE);
    return [{ ...first, affected }];
  });
}

function counter(): (name: string) => number {
  const counts = new Map<string, number>();
  return (name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count;
  };
}

/** As many healthy readings as a level is compared with, three digits of each, and no series that never moves. */
function smallTable({ series: { atMs, rows }, incident: { beganAtMs } }: Case): Case["series"] {
  const from = Math.max(0, atMs.findIndex((time) => time >= beganAtMs) - HEALTHY);
  const short = (value: number | null): number | null => (value === null ? null : Number(value.toPrecision(3)));
  const kept = rows.map((row) => ({ ...row, values: row.values.slice(from).map(short) }));
  return { atMs: atMs.slice(from), rows: kept.filter(({ values }) => new Set(values).size > 1) };
}
