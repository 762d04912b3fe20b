/** What an action would take away, computed from what should be there and what is up now. */

import type { ActionPreview } from "../subject/action.ts";
import type { Group, Picture, Topology } from "../system/picture.ts";
import type { ComponentId, EntityId } from "../words/ids.ts";
import type { ActionRun } from "./action-run.ts";

/** A group that an action touches. */
export interface TouchedGroup {
  readonly id: EntityId;
  /** Members seen up now. */
  readonly upNow: number;
  /** Members that are surely up while the action runs. */
  readonly upMeanwhile: number;
  readonly minimumUp: number;
}

/** What an action would take away. */
export interface BlastRadius {
  readonly groups: readonly TouchedGroup[];
  /** Why it must not run; empty where it may. */
  readonly objections: readonly string[];
}

/** A look, as far as blast radius is computed from it. */
export interface Surroundings {
  readonly topology: Topology;
  readonly picture: Picture;
}

/**
 * Groups that the stopped components belong to, and whether each keeps its minimum. What is not surely up does not count,
 * and neither does what an earlier action touched that is not verified yet.
 */
export function blastRadius(
  { stops }: Pick<ActionPreview, "stops">,
  { topology, picture }: Surroundings,
  unverified: ReadonlySet<EntityId> = new Set(),
): BlastRadius {
  const states = new Map(
    picture.components.map(({ id, state }) => [id, unverified.has(id) && state === "up" ? "unverified" : state]),
  );
  const stopped = new Set(stops);
  const groups = topology.groups.filter(({ members }) => members.some((member) => stopped.has(member)));
  const touched = groups.map((group) => touch(group, stopped, states));
  const strangers = stops.filter((id) => !topology.components.some((component) => component.id === id));
  return {
    groups: touched,
    objections: [
      ...strangers.map((id) => `${id} is not a known component`),
      ...groups.flatMap((group, index) => objection(group, touched[index], { stopped, states })),
    ],
  };
}

/** Milliseconds after an effect for which it can still be verified; what is older was left by a process that has died. */
const LONGEST_VERIFICATION_MS = 10 * 60_000;

/** Everything that runs touch which are under way or still being verified. */
export function unverifiedComponents(runs: readonly ActionRun[], nowMs: number): ReadonlySet<EntityId> {
  const unverified = runs.filter(
    ({ state, effectAtMs = 0 }) =>
      state === "running" || (state === "verifying" && effectAtMs > nowMs - LONGEST_VERIFICATION_MS),
  );
  return new Set(unverified.flatMap(({ preview: { entities, stops } }) => [...entities, ...stops]));
}

interface Stopping {
  readonly stopped: ReadonlySet<ComponentId>;
  readonly states: ReadonlyMap<ComponentId, string>;
}

function touch(group: Group, stopped: ReadonlySet<ComponentId>, states: Stopping["states"]): TouchedGroup {
  const up = group.members.filter((member) => states.get(member) === "up");
  return {
    id: group.id,
    upNow: up.length,
    upMeanwhile: up.filter((member) => !stopped.has(member)).length,
    minimumUp: group.minimumUp,
  };
}

/** Stopping what is surely down takes nothing away, even from a group that is short already. */
function objection(group: Group, touched: TouchedGroup | undefined, { stopped, states }: Stopping): readonly string[] {
  const takes = group.members.some((member) => stopped.has(member) && states.get(member) !== "down");
  if (!touched || !takes || touched.upMeanwhile >= group.minimumUp) return [];
  return [`${group.id} would have ${touched.upMeanwhile} up of ${group.members.length}, needs ${group.minimumUp}`];
}
