/** The generic picture of one observation, and of what should be there: all that core knows of any system. */

import type { ComponentId, EntityId } from "../words/ids.ts";
import type { ProbeOutcome } from "../words/probe-outcome.ts";
import type { ComponentProcess } from "./process.ts";

/** Whether a component works, as far as it was seen. */
export type State = "up" | "down" | "unknown";

/** One component of the system as observed. */
export interface Component {
  readonly id: ComponentId;
  /** For instance `node`, `redis`, `clients`; the part of the id before the slash. */
  readonly kind: string;
  readonly state: State;
  /** Absent where the observer has no probe of its own; tells a crash from a hang. */
  readonly probe?: ProbeOutcome;
  /** Epoch milliseconds at which that probe began. */
  readonly probedAtMs?: number;
  /** `host:port` by which a deployment's components are joined to the picture. */
  readonly address?: string;
  /** The id that the component tells of itself, where it tells one. */
  readonly identity?: ComponentId;
  /** What the deployment that runs it knows of its process; put there by core. */
  readonly process?: ComponentProcess;
  /** Epoch milliseconds. */
  readonly startedAtMs?: number;
  readonly version?: string;
  readonly configHash?: string;
  /** Milliseconds that the component's clock is ahead of the observer's reference. */
  readonly clockOffsetMs?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * What comes back over a link whose users have given up waiting: answers after their time limit, answers to simpler questions
 * in time, or nothing. A slow link is told from a cut one by it.
 */
export const LATE_ANSWERS = ["late", "in-time", "none"] as const;

/** What comes back over a link whose users have given up waiting. */
export type LateAnswers = (typeof LATE_ANSWERS)[number];

/** A dependency between two components, as probed. */
export interface Link {
  readonly from: ComponentId;
  readonly to: ComponentId;
  /** For instance `tcp`, `replication`. */
  readonly kind: string;
  readonly state: State;
  readonly latencyMs?: number;
  /** What comes back over a link that is down; absent where nobody waited for it. */
  readonly answers?: LateAnswers;
}

/** Which resource or symptom a series speaks of. */
export type Signal = "cpu" | "memory" | "io" | "latency" | "error" | "traffic" | "network" | "node";

/** The current value of one measured quantity of one component. */
export interface Series {
  /** Name that ends in its unit, for instance `check_duration_p99_seconds`. */
  readonly name: string;
  readonly component: ComponentId;
  /** Base unit, for instance `seconds`, `bytes`, `ratio`, `1/s`. */
  readonly unit: string;
  readonly kind: "counter" | "gauge" | "quantile";
  readonly signal: Signal;
  readonly value: number;
}

/** One observation, projected to what core, ranker, tools and reports understand. */
export interface Picture {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly components: readonly Component[];
  readonly links: readonly Link[];
  readonly series: readonly Series[];
}

/** Components of which a minimum must be up, from which quorum and blast radius are computed. */
export interface Group {
  readonly id: EntityId;
  readonly members: readonly ComponentId[];
  readonly minimumUp: number;
}

/** A component that should be there. */
export interface ExpectedComponent {
  readonly id: ComponentId;
  readonly kind: string;
  readonly address?: string;
}

/** What should be there, whether it answers or not. */
export interface Topology {
  readonly components: readonly ExpectedComponent[];
  readonly links: readonly Pick<Link, "from" | "to" | "kind">[];
  readonly groups: readonly Group[];
}

/** The picture with every expected component and link in it: what should be there and is not is down or unknown. */
export function completePicture(picture: Picture, topology: Topology): Picture {
  const seen = new Set(picture.components.map(({ id }) => id));
  const addresses = new Map(topology.components.map(({ id, address }) => [id, address]));
  const present = picture.components.map((component) => {
    const address = component.address ?? addresses.get(component.id);
    return address === undefined ? component : { ...component, address };
  });
  const linked = new Set(picture.links.map(({ from, to, kind }) => `${from} ${to} ${kind}`));
  const absent = topology.components
    .filter(({ id }) => !seen.has(id))
    .map((expected) => ({ ...expected, state: "down" as const }));
  const unseen = topology.links
    .filter(({ from, to, kind }) => !linked.has(`${from} ${to} ${kind}`))
    .map((link) => ({ ...link, state: "unknown" as const }));
  return { ...picture, components: [...present, ...absent], links: [...picture.links, ...unseen] };
}

/** The components of this look, and of those that it does not show what the looks before it knew. */
export function lastKnown(now: Picture, before: Picture | undefined): Picture {
  if (!before) return now;
  const shown = new Set(now.components.map(({ id }) => id));
  return { ...now, components: [...now.components, ...before.components.filter(({ id }) => !shown.has(id))] };
}
