/** Folds what a checkup changes: many entities that turn alike are one line, and what merely went idle is none. */

import { excerptOf } from "../../core/excerpt.ts";
import { unjudgedSummary } from "../../core/round.ts";
import { trackKey } from "../../core/track.ts";
import type { FeedItem, VerdictChange } from "../../database/mod.ts";
import { type News, newsOf } from "./news.ts";

/** Takes what one monitor tells, and answers what is worth a line by now. */
export type NewsFold = (item: FeedItem) => readonly News[];

type VerdictItem = Extract<FeedItem, { kind: "verdict" }>;

/** More than so many entities that turn alike are one line. */
const MOST_ALIKE = 3;
const NAMED = 2;

/** Starts a fold; verdicts are held back until whatever follows them, which a checkup always does. */
export function newsFold(): NewsFold {
  const isQuiet = idleness();
  let held: readonly VerdictItem[] = [];
  return (item) => {
    if (item.kind === "verdict") {
      if (!isQuiet(item.change)) held = [...held, item];
      return [];
    }
    const turned = foldVerdicts(held);
    held = [];
    const news = newsOf(item);
    return news ? [...turned, news] : turned;
  };
}

/** One line for each change, or for all that turn alike at one time. */
export function foldVerdicts(items: readonly VerdictItem[]): readonly News[] {
  const worthy = items.filter((item) => newsOf(item));
  const groups = Map.groupBy(worthy, ({ atMs, change }) => `${atMs} ${change.invariant} ${change.to}`);
  return [...groups.values()].flatMap((group) => {
    const news = group.flatMap((item) => newsOf(item) ?? []);
    const [first] = news;
    return first && group.length > MOST_ALIKE
      ? [{ ...first, text: groupText(group.map(({ change }) => change)) }]
      : news;
  });
}

function groupText(changes: readonly VerdictChange[]): string {
  const { to, invariant, summary } = changes[0] ?? {};
  const named = changes.slice(0, NAMED).map(({ entity }) => entity);
  const counted = `${changes.length} ${nounOf(changes)}`;
  return `${to} ${invariant} of ${counted} (${named.join(", ")}, …): ${excerptOf(summary ?? "", 500)}`;
}

function nounOf(changes: readonly VerdictChange[]): string {
  const kinds = new Set(changes.map(({ entity }) => entity.slice(0, entity.indexOf("/"))));
  const [kind] = kinds;
  return kinds.size === 1 ? `${kind}s` : "entities";
}

/** Remembers who merely went idle: that nothing judges what was well, and that it is well again, is no news. */
function idleness(): (change: VerdictChange) => boolean {
  const idle = new Set<string>();
  const everViolated = new Set<string>();
  return (change) => {
    const { from, to, entity, summary } = change;
    const key = trackKey(change);
    const wasIdle = idle.delete(key);
    if (to === "violated" || from === "violated") everViolated.add(key);
    if (to === "holds") return wasIdle;
    const goesIdle = to === "unknown" && from === "holds" && summary === unjudgedSummary(entity);
    if (!goesIdle || everViolated.has(key)) return false;
    idle.add(key);
    return true;
  };
}
