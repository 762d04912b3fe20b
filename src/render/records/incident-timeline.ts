/** What was seen of an incident and what was done about it, in order, and how far what belongs to it reaches. */

import type { EventKind, TimelineEvent } from "../../core/system/timeline.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import type { IncidentState } from "../../core/tickets/incident.ts";
import type { IncidentView } from "../../runtime/views/incident.ts";
import { isoTime } from "../time.ts";
import { TICKET_CHANGE_WORDS } from "./ticket.ts";

/** One thing that happened. */
export interface TimelineRow {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** Who did it: an actor, or `seen` and `ticket` for what a watch has written down. */
  readonly who: string;
  readonly text: string;
}

/** What belongs to an incident. */
export interface Scope {
  readonly components: ReadonlySet<string>;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
}

/** What may have led to it is shown from so long before it began. */
const LEAD_MS = 60_000;

/** What was seen and what was done about it, in the order in which it happened. */
export function timelineOf(view: IncidentView): readonly TimelineRow[] {
  const seen = seenOf(view).map((event) => ({ atMs: event.atMs, who: "seen", text: event.summary, of: nameOf(event) }));
  const told = view.ticketHistory.flatMap(({ atMs, ticket, change, reason }) => {
    // Which entities come and go is the ticket's own story.
    if (change === "joined" || change === "left") return [];
    const { invariant, on } = view.tickets.find(({ id }) => id === ticket) ?? {};
    const text = change === "opened" ? `${invariant} of ${on}` : reason;
    const row = { atMs, who: "ticket", text: `ticket ${ticket} ${TICKET_CHANGE_WORDS[change]}: ${text}` };
    return [{ ...row, ...(change === "reason-changed" && { of: `${ticket}` }) }];
  });
  const moved = withoutRepeats(
    view.transitions.map(({ atMs, to, actor, reason }) => ({ atMs, who: actor, text: `${to}: ${reason}`, to })),
  );
  return [...withoutSwinging(seen), ...withoutSwinging(told), ...moved]
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, who, text }) => ({ atMs, who, text: excerptOf(text, MOST_TEXT) }));
}

/** So many of the first and of the last changes of what changes again and again are shown. */
const FIRST = 4;
const LAST = 2;

const MOST_TEXT = 300;

interface OwnedRow extends TimelineRow {
  /** What it is about; absent of what is always shown. */
  readonly of?: string;
}

/** Of what swings to and fro the first and the last changes, and in between how many more there were. */
function withoutSwinging(rows: readonly OwnedRow[]): readonly TimelineRow[] {
  const all = Map.groupBy(rows, ({ of }) => of);
  return rows.flatMap((row) => {
    const alike = row.of === undefined ? [] : (all.get(row.of) ?? []);
    const place = alike.indexOf(row);
    const more = alike.length - FIRST - LAST;
    if (more < 2 || place < FIRST - 1 || place >= FIRST + more) return [row];
    const untilMs = alike[FIRST + more - 1]?.atMs ?? row.atMs;
    return place === FIRST - 1
      ? [{ ...row, text: `${excerptOf(row.text)} (and ${more} more changes until ${isoTime(untilMs)})` }]
      : [];
  });
}

interface Moved extends TimelineRow {
  readonly to: IncidentState;
}

/** Investigations one after the other that came to the same are shown once, with how often and until when it was so. */
function withoutRepeats(moves: readonly Moved[]): readonly TimelineRow[] {
  const rounds: Moved[][] = [];
  for (const move of moves) {
    const round = rounds.at(-1);
    if (!round || move.to === "investigating") rounds.push([move]);
    else round.push(move);
  }
  const kept: { readonly moves: readonly Moved[]; times: number; lastMs: number }[] = [];
  for (const round of rounds) {
    const last = kept.at(-1);
    const lastMs = round.at(-1)?.atMs ?? 0;
    if (last && isSame(last.moves, round)) Object.assign(last, { times: last.times + 1, lastMs });
    else kept.push({ moves: round, times: 1, lastMs });
  }
  return kept.flatMap(({ moves: round, times, lastMs }) =>
    round.map(({ to: _to, ...row }, index) => {
      const isLast = times > 1 && index === round.length - 1;
      return isLast ? { ...row, text: `${row.text} (${times} times until ${isoTime(lastMs)})` } : row;
    }),
  );
}

function isSame(a: readonly Moved[], b: readonly Moved[]): boolean {
  return a.length === b.length && a.every(({ who, text }, index) => b[index]?.who === who && b[index]?.text === text);
}

/**
 * Of verdicts only those that its own tickets are about, of everything else only what it touches: what else turned meanwhile
 * would drown the rest.
 */
function seenOf(view: IncidentView): readonly TimelineEvent[] {
  const own = new Set(view.tickets.map(({ invariant, entity }) => `${invariant} ${entity}`));
  const { components, sinceMs } = scopeOf(view);
  return changesOf(view).filter(({ atMs, of, to, invariant }) => {
    if (atMs < sinceMs) return false;
    if (invariant !== undefined) return own.has(`${invariant} ${of}`);
    return components.has(of) || (to !== undefined && components.has(to));
  });
}

/** Kinds of event after which something works, and those after which it does not. */
const BETTER: ReadonlySet<EventKind> = new Set(["came-up", "link-recovered", "holds-again"]);
const WORSE: ReadonlySet<EventKind> = new Set(["went-down", "link-broke", "violated"]);

/** Without what was only unknown for a while: what works again has not worked before, and what breaks has. */
function changesOf(view: IncidentView): readonly TimelineEvent[] {
  const broken = new Map<string, boolean>();
  const wasBroken = brokenWhenOpened(view);
  return (view.diagnosis?.timeline ?? []).filter(({ atMs, event, of, to, invariant }) => {
    const isBroken = WORSE.has(event);
    // A change of its reason is told by the ticket.
    if (!isBroken && !BETTER.has(event)) return event !== "became-unknown" && event !== "reason-changed";
    const name = nameOf({ invariant, of, to });
    const was = broken.get(name) ?? (!isBroken && atMs > (wasBroken.get(name) ?? Number.POSITIVE_INFINITY));
    broken.set(name, isBroken);
    return was !== isBroken;
  });
}

/** What was broken when tickets opened, and since when that is known at least: a break may be older than the timeline. */
function brokenWhenOpened({ incident, tickets, evidence }: IncidentView): ReadonlyMap<string, number> {
  const { components = [], links = [] } = evidence.frozen?.picture ?? {};
  const down = [
    ...components.filter(({ state }) => state === "down").map(({ id }) => nameOf({ of: id })),
    ...links.filter(({ state }) => state === "down").map(({ from, to }) => nameOf({ of: from, to })),
  ];
  return new Map([
    ...down.map((name) => [name, incident.openedAtMs] as const),
    ...tickets.map(({ invariant, entity, openedAtMs }) => [nameOf({ invariant, of: entity }), openedAtMs] as const),
  ]);
}

function nameOf({ invariant, of, to }: Pick<TimelineEvent, "invariant" | "of" | "to">): string {
  return [invariant, of, to].join(" ");
}

/** What an incident touches: where its tickets are, its cause, what that brings about, and what these need. */
export function scopeOf({ incident, tickets, diagnosis, evidence }: IncidentView): Scope {
  const { cause, affected = [], propagation = [] } = diagnosis ?? {};
  const touched = new Set<string>([
    ...tickets.map(({ on }) => on),
    ...(cause ? [cause.component] : []),
    ...affected,
    ...propagation.flatMap(({ from, to }) => [from, to]),
  ]);
  const needed = (evidence.frozen?.picture?.links ?? []).filter(({ from }) => touched.has(from)).map(({ to }) => to);
  return { components: touched.union(new Set(needed)), sinceMs: incident.beganAtMs - LEAD_MS };
}
