/** Folds what a checkup changes: many entities to which the same happens are one line, and what merely went idle is none. */

import { excerptOf } from "../../core/text/excerpt.ts";
import { entityKey } from "../../core/tickets/entity-state.ts";
import { unjudgedSummary } from "../../core/tickets/round.ts";
import type { EntityId } from "../../core/words/ids.ts";
import type { FeedItem, VerdictChange } from "../../database/mod.ts";
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
  let verdicts: readonly VerdictItem[] = [];
  let tickets: readonly TicketItem[] = [];
  return (item) => {
    if (item.kind === "verdict") {
      if (!isQuiet(item.change)) verdicts = [...verdicts, item];
      return [];
    }
    if (item.kind === "ticket") {
      tickets = [...tickets, item];
      return [];
    }
    const held = [...foldVerdicts(verdicts), ...foldTickets(tickets)];
    [verdicts, tickets] = [[], []];
    const news = newsOf(item);
    return news ? [...held, news] : held;
  };
}

function foldVerdicts(items: readonly VerdictItem[]): readonly News[] {
  const worthy = items.filter((item) => newsOf(item));
  const alike = Map.groupBy(worthy, ({ atMs, change }) => `${atMs} ${change.invariant} ${change.to}`);
  return [...alike.values()].flatMap((group) => {
    return wordWrap(group, ({ change: { to, invariant, summary } }) => {
      const counted = countedOf(group.map(({ change }) => change));
      return `${to} ${invariant} of ${counted}: ${excerptOf(summary, 500)}`;
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
  return item && news && group.length > MOST_ALIKE ? [{ ...news, text: textOf(item) }] : all;
}

/** How many, and who the first of them are. */
function countedOf(those: readonly { readonly entity: EntityId }[]): string {
  const named = those.slice(0, NAMED).map(({ entity }) => entity);
  return `${those.length} ${nounOf(those)} (${named.join(", ")}, …)`;
}

function nounOf(those: readonly { readonly entity: EntityId }[]): string {
  const kinds = new Set(those.map(({ entity }) => entity.slice(0, entity.indexOf("/"))));
  const [kind] = kinds;
  return kinds.size === 1 ? `${kind}s` : "entities";
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
