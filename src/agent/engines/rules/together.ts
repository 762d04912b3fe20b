/** What pauses all components of one kind at once: nothing of their own does, and what they share is no component. */

import { fieldWithin } from "../../../core/diagnosis/claims/component.ts";
import type { Brief } from "./mechanism.ts";
import { STALLED } from "./mechanisms/stall.ts";
import { namesOf } from "./passing.ts";

/** One alone may pause for a reason of its own. */
const FEWEST = 2;

/** Milliseconds before the first violation from which pauses count: they come and go. */
const NEAR_MS = 10_000;

/** The question why all of a kind pause, with how busy their machine is, where that was read. */
export function pausesTogether(brief: Brief): readonly string[] {
  const paused = pausing(brief);
  const kinds = Map.groupBy(brief.evidence.now.picture.components, ({ kind }) => kind);
  return [...kinds.values()].flatMap((alike) => {
    const ids = alike.map(({ id }) => id);
    if (ids.length < FEWEST || !ids.every((id) => paused.has(id))) return [];
    const load = loadOf(brief);
    const machine = load === undefined ? "" : ` (${load})`;
    return [
      `Why ${namesOf(ids)} all pause at once: what they share, such as their machine${machine}, may be overloaded`,
    ];
  });
}

function pausing({ evidence: { now }, case: { events, incident } }: Brief): ReadonlySet<string> {
  const since = events.filter(({ atMs }) => atMs >= incident.beganAtMs - NEAR_MS).flatMap(({ said }) => said ?? []);
  return new Set([
    ...now.judgements.flatMap(({ on, verdict, reason }) => (verdict === "violated" && reason === STALLED ? [on] : [])),
    ...since.flatMap(({ on, to, reason }) => (to === "violated" && reason === STALLED ? [on] : [])),
  ]);
}

/** As the newest inspection of a process tells it. */
function loadOf({ evidence }: Brief): string | undefined {
  const hosts = (evidence.inspected ?? []).map(({ value }) => ({
    load: fieldWithin(value, ["host", "load_1m"]),
    cores: fieldWithin(value, ["host", "cores"]),
  }));
  const newest = hosts.findLast(({ load, cores }) => typeof load === "number" && typeof cores === "number");
  return newest && `load ${Number(newest.load).toFixed(1)} on ${String(newest.cores)} cores`;
}
