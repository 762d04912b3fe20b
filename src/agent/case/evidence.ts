/** What claims about a case are evaluated on, and what code reads off it before an engine begins. */

import type { Evidence } from "../../core/diagnosis/claims/mod.ts";
import type { Link, State } from "../../core/system/picture.ts";
import type { SeriesWindow } from "../../core/system/series.ts";
import { rewind } from "../../core/system/timeline.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { Case } from "./case.ts";
import type { SeriesTable } from "./parts.ts";

/** A component whose state is not what it was. */
export interface StateChange {
  readonly component: ComponentId;
  /** Absent where it was not seen before. */
  readonly before?: State;
  readonly now: State;
}

/** The looks, the events and the series of a case. */
export function evidenceOf(given: Case): Evidence {
  const { picture, judgements, pictureBefore, events, incident, series, logs, inspections } = given;
  const { wellAtMs = incident.beganAtMs - 1 } = given;
  const before = pictureBefore && { picture: pictureBefore, judgements: rewind(judgements, events, wellAtMs) };
  return {
    now: { picture, judgements },
    ...(before && { before }),
    timeline: events.filter(({ event }) => event !== "became-unknown"),
    series: windowsOf(series),
    logs,
    inspected: inspections,
  };
}

/** The series of a table one by one, without the moments at which they have no value. */
export function windowsOf({ atMs, rows }: SeriesTable): readonly SeriesWindow[] {
  return rows.map(({ metric, labels, values }) => ({
    metric,
    labels,
    points: atMs.flatMap((time, index) => {
      const value = values[index];
      return typeof value === "number" ? [{ atMs: time, value }] : [];
    }),
  }));
}

/** Components whose state is not what it was when the incident began. */
export function stateChangesOf({ picture, pictureBefore }: Case): readonly StateChange[] {
  const earlier = new Map(pictureBefore?.components.map(({ id, state }) => [id, state]));
  return picture.components
    .map(({ id, state }) => {
      const was = earlier.get(id);
      return { component: id, ...(was && { before: was }), now: state };
    })
    .filter((change) => change.before !== change.now && (change.before !== undefined || change.now !== "up"));
}

/** Links that their probes find broken. */
export function brokenLinksOf({ picture }: Case): readonly Link[] {
  return picture.links.filter(({ state }) => state === "down");
}

/** What could not be seen and might change the answer, one sentence each. */
export function blindSpotsOf({ pictureBefore, sources, picture }: Case): readonly string[] {
  return [
    ...(pictureBefore ? [] : ["No look from before the trouble is on record"]),
    ...sources.flatMap(({ name, failed }) => (failed === undefined ? [] : [`${name} does not answer: ${failed}`])),
    ...picture.components.flatMap(({ id, state }) => (state === "unknown" ? [`The state of ${id} is unknown`] : [])),
  ];
}

/** What tickets speak of, members where that is a group, and what is linked to any of these, as it should be or as it is seen. */
export function touchedBy({
  tickets,
  topology: { groups, links },
  picture,
}: Pick<Case, "tickets" | "topology"> & {
  readonly picture: Pick<Case["picture"], "links">;
}): ReadonlySet<ComponentId> {
  const named = new Set(tickets.map(({ on }) => on));
  const members = groups.filter(({ id }) => named.has(id)).flatMap((group) => group.members);
  const nearest = named.union(new Set(members));
  const ends = [...links, ...picture.links].filter(({ from, to }) => nearest.has(from) || nearest.has(to));
  return nearest.union(new Set(ends.flatMap(({ from, to }) => [from, to])));
}
