/**
 * Folds what a checkup changes: many entities to which the same happens are one line, those of a component are told of when
 * their worst verdict changes, and what merely went idle is not.
 */

import { excerptOf } from "../../core/text/excerpt.ts";
import { entityKey } from "../../core/tickets/entity-state.ts";
import { unjudgedSummary } from "../../core/tickets/round.ts";
import type { EntityId } from "../../core/words/ids.ts";
import type { FeedItem, VerdictChange } from "../../database/mod.ts";
import { summaryBeside } from "../summary.ts";
import { followComponents } from "./by-component.ts";
import { type News, newsOf } from "./news.ts";

/** Takes what one monitor tells, and answers what is worth a line by now. */
export type NewsFold = (item: FeedItem) => readonly News[];

type VerdictItem = Extract<FeedItem, { kind: "verdict" }>;
type TicketItem = Extract<FeedItem, { kind: "ticket" }>;

/** More than so many entities to which the same happens are one line. */
const MOST_ALIKE = 3;
const NAMED = 2;

/** Starts a fold; verdicts and tickets are held back until whatever follows them, which a checkup always does. */
export function newsFold(): NewsFold {
  const isQuiet = idleness();
  const worthyOf = followComponents();
  const isGrown = growth();
  let verdicts: readonly VerdictItem[] = [];
  let tickets: readonly TicketItem[] = [];
  return (item) => {
    if (item.kind === "verdict") {
      if (!isQuiet(item.change)) verdicts = [...verdicts, item];
      return [];
    }
    if (item.kind === "ticket") {
      if (isGrown(item)) tickets = [...tickets, item];
      return [];
    }
    const worthy = worthyOf(verdicts.map(({ change }) => change));
    const held = [...foldVerdicts(verdicts.filter(({ change }) => worthy.has(change))), ...foldTickets(tickets)];
    [verdicts, tickets] = [[], []];
    const news = newsOf(item);
    return news ? [...held, news] : held;
  };
}

function foldVerdicts(items: readonly VerdictItem[]): readonly News[] {
  const worthy = items.filter((item) => newsOf(item));
  const alike = Map.groupBy(worthy, ({ atMs, change }) => `${atMs} ${change.invariant} ${change.to}`);
  return [...alike.values()].flatMap((group) => {
    return wordWrap(group, ({ change: { to, invariant, entity, summary } }) => {
      const counted = countedOf(group.map(({ change }) => change));
      const one = summary.startsWith("Unknown: ") ? summaryBeside(entity, summary) : summary;
      return `${to} ${invariant} of ${counted}: ${excerptOf(one, 500)}`;
    });
  });
}

function foldTickets(items: readonly TicketItem[]): readonly News[] {
  const alike = Map.groupBy(
    items,
    ({ atMs, ticket, transition }) => `${atMs} ${ticket.invariant} ${transition.change}`,
  );
  return [...alike.values()].flatMap((group) => {
    return wordWrap(group, ({ ticket: { invariant }, transition: { change, reason } }) => {
      const tickets = group.map(({ ticket }) => ticket);
      const ids = tickets.slice(0, NAMED).map(({ id }) => id);
      return `tickets ${ids.join(", ")}, … ${change}: ${invariant} of ${countedOf(tickets.map(({ on }) => ({ entity: on })))}: ${excerptOf(reason, 500)}`;
    });
  });
}

/** One line for each, or for all of them in the words of the first. */
function wordWrap<Item extends FeedItem>(group: readonly Item[], textOf: (first: Item) => string): readonly News[] {
  const all = group.flatMap((item) => newsOf(item) ?? []);
  const [item] = group;
  const [news] = all;
  const isSame = all.length > 1 && new Set(group.map(saidBy)).size === 1;
  return item && news && (isSame || group.length > MOST_ALIKE) ? [{ ...news, text: textOf(item) }] : all;
}

/** What several entities may have in common: why none of them could be judged. */
function saidBy(item: FeedItem): unknown {
  return item.kind === "verdict" ? item.change.summary : item;
}

/** How many, and who the first of them are. */
function countedOf(those: readonly { readonly entity: EntityId }[]): string {
  const named = those.slice(0, NAMED).map(({ entity }) => entity);
  return `${those.length} ${nounOf(those)} (${named.join(", ")}${those.length > NAMED ? ", …" : ""})`;
}

function nounOf(those: readonly { readonly entity: EntityId }[]): string {
  const kinds = new Set(those.map(({ entity }) => entity.slice(0, entity.indexOf("/"))));
  const [kind] = kinds;
  return kinds.size === 1 ? `${kind}s` : "entities";
}

/** A ticket that more and more entities join is told of each time that they have doubled; while a person holds it, always. */
function growth(): (item: TicketItem) => boolean {
  const told = new Map<number, number>();
  return ({ ticket: { id, affected, held }, transition: { change } }) => {
    if (change === "joined" && !held && affected < 2 * (told.get(id) ?? 0)) return false;
    told.set(id, affected);
    return true;
  };
}

/** Remembers who merely went idle: that nothing judges what was well, and that it is well again, is no news. */
function idleness(): (change: VerdictChange) => boolean {
  const idle = new Set<string>();
  const everViolated = new Set<string>();
  return (change) => {
    const { from, to, entity, summary } = change;
    const key = entityKey(change);
    const wasIdle = idle.delete(key);
    if (to === "violated" || from === "violated") everViolated.add(key);
    if (to === "holds") return wasIdle;
    const goesIdle = to === "unknown" && from === "holds" && summary === unjudgedSummary(entity);
    if (!goesIdle || everViolated.has(key)) return false;
    idle.add(key);
    return true;
  };
}
