/** One node as its routes see it. */

import type { RecentDemand } from "./admissions/recent-demand.ts";
import type { Standing } from "./decide/alone/standing.ts";
import type { Decider } from "./decide/decision.ts";
import type { EventLoopWatch } from "./latency/event-loop.ts";
import type { Exposition, LimiterMetrics } from "./metrics.ts";
import type { NodeFacts, RegisteredState, Registry } from "./registry.ts";
import { type AgreedConfig, configHash } from "./settings/config-hash.ts";
import type { LimiterSettings } from "./settings/settings.ts";
import type { SettingsState } from "./settings/settings-state.ts";
import type { SharedSettings } from "./settings/shared-settings.ts";

/** What the routes of one node work with. */
export interface LimiterNode {
  readonly settings: LimiterSettings;
  readonly version: string;
  readonly startedAtMs: number;
  /** Where other machines reach it; known when it listens. */
  address: string;
  readonly decider: Decider;
  /** What it knows of the other nodes. */
  readonly standing: Pick<Standing, "knownNodes">;
  /** The settings in force. */
  readonly state: SettingsState;
  readonly shared: SharedSettings;
  readonly registry: Registry;
  readonly metrics: LimiterMetrics;
  /** Its recent demand. */
  readonly demand: RecentDemand;
  readonly loop: Pick<EventLoopWatch, "lagSeconds" | "stalledSeconds">;
  readonly exposition: Exposition;
  /** Whether new checks are refused. */
  draining: boolean;
  /** Milliseconds by which its own clock is set wrong, for the fault that needs it. */
  clockOffsetMs: number;
}

/** State of a node as it reports it. */
export type NodeState = RegisteredState | "draining";

/** The current state of the node. */
export function stateOf(node: Pick<LimiterNode, "draining" | "decider">): NodeState {
  return node.draining ? "draining" : registeredStateOf(node);
}

/** The node's entry in the register. */
export function factsOf(node: LimiterNode): NodeFacts {
  const { settings, address, version, startedAtMs } = node;
  const state = registeredStateOf(node);
  return { id: settings.node, address, version, startedAtMs, configHash: configHash(agreedConfigOf(node)), state };
}

/** The settings on which all nodes must agree, as this node has them. */
export function agreedConfigOf({ settings, state }: Pick<LimiterNode, "settings" | "state">): AgreedConfig {
  const { algorithm, limit, windowMs } = state.config;
  const { onRedisFailure, localOverlap } = settings;
  return { algorithm, limit, windowMs, onRedisFailure, localOverlap };
}

/** Refuses new checks and leaves the register; running checks are finished. */
export async function drain(node: LimiterNode): Promise<void> {
  node.draining = true;
  await node.registry.leave();
}

/** Takes checks again and rejoins the register. */
export async function undrain(node: LimiterNode): Promise<void> {
  node.draining = false;
  await node.registry.join();
}

function registeredStateOf({ decider }: Pick<LimiterNode, "decider">): RegisteredState {
  return decider.health().connected ? "ready" : "degraded";
}
