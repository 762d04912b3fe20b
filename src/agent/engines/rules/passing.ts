/** What was lost for a moment as an incident began, and is back: no mechanism lasts, and a person still wants to know of it. */

import type { ComponentId } from "../../../core/words/ids.ts";
import type { Brief } from "./mechanism.ts";

/** Milliseconds around the first violation within which something is lost as it begins. */
const NEAR_MS = 5000;
/** Of those that were lost, as many are named. */
const MOST_NAMED = 4;
/** Of other invariants that were violated, as many. */
const MOST_INVARIANTS = 2;

/** Questions that are left open: why components went down, links broke, or another invariant was violated, for a moment. */
export function passingLosses({ case: { incident, tickets }, evidence: { now, timeline } }: Brief): readonly string[] {
  const { components, links } = now.picture;
  const near = timeline.filter(({ atMs }) => Math.abs(atMs - incident.beganAtMs) <= NEAR_MS);
  const isUp = (id: string): boolean => components.some((part) => part.id === id && part.state === "up");
  const works = (from: string, to: string): boolean =>
    links.some((link) => link.from === from && link.to === to && link.state === "up");
  const down = near.flatMap(({ event, of }) => (event === "went-down" && isUp(of) ? [of] : []));
  const broken = near.flatMap(({ event, of, to }) =>
    event === "link-broke" && to !== undefined && works(of, to) && !down.includes(of) && !down.includes(to)
      ? [{ of, to }]
      : [],
  );
  const lost = [...Map.groupBy(broken, ({ to }) => to)].map(([to, links]) => {
    const from = namesOf(links.map(({ of }) => of));
    return `Why ${from} lost ${to} for a moment as it began`;
  });
  const ticketed = new Set(tickets.map(({ invariant }) => invariant));
  const holds = new Set(
    now.judgements.filter(({ verdict }) => verdict === "holds").map((one) => `${one.invariant} ${one.entity}`),
  );
  const others = near.filter(
    ({ event, invariant = "", of }) =>
      event === "violated" && !ticketed.has(invariant) && holds.has(`${invariant} ${of}`),
  );
  const said = [...Map.groupBy(others, ({ invariant }) => invariant)].flatMap(([invariant, [first]]) =>
    first ? [`Why ${invariant} was violated for a moment as it began: ${first.summary}`] : [],
  );
  return [
    ...(down.length > 0 ? [`Why ${namesOf(down)} went down for a moment as it began`] : []),
    ...lost,
    ...said.slice(0, MOST_INVARIANTS),
  ];
}

/** The first of them, and how many more there are. */
export function namesOf(ids: readonly ComponentId[]): string {
  const all = [...new Set(ids)];
  const more = all.length - MOST_NAMED;
  return `${all.slice(0, MOST_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
