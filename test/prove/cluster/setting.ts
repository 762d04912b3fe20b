/** What a proof breaks: a Redis of several servers, and the ways in which it fails. */

import type { RedisServer } from "../../redis-server.ts";

/** A Redis of several servers, as nodes are given it. */
export interface Setting extends AsyncDisposable {
  readonly name: "cluster" | "sentinel";
  /** In the form that `connectRedis` reads. */
  readonly url: string;
  /** Servers that hold data, replicas included. */
  readonly servers: readonly RedisServer[];
  /** Number of primaries among which names are spread. */
  readonly shards: number;
  /** The shard of a name, as the setting was started. */
  shardOf(name: string): number;
  /**
   * Milliseconds within which all writes lie that one failover loses. Where it is not set, that is not up to clients: the
   * old primary takes writes until they are told of another one.
   */
  readonly lostWithinMs?: number;
  /** Whether clients are told to use that server. Without it, they use any that accepts their writes. */
  serves?(server: RedisServer): boolean;
  /** Resolves when each shard has a primary that accepts writes, and a replica that is in sync. */
  settled(): Promise<void>;
}

/** Whether the failure policy may decide the checks of a name while a scenario runs. */
export type MayDegrade = (name: string) => boolean;

/** Of none. */
export const NOTHING: MayDegrade = () => false;

/** One way in which a setting fails, and what is promised of the limiter while it does. */
export interface Scenario<S extends Setting> {
  /** Kebab-case. */
  readonly id: string;
  /** Whether Redis may lose writes that it has acknowledged. */
  readonly mayLose: boolean;
  /** Breaks the setting while checks of these names are asked; resolves as soon as Redis serves all of them again. */
  run(setting: S, names: readonly string[]): Promise<MayDegrade>;
  /** Makes good what is left broken after that. */
  repair?(setting: S, names: readonly string[]): Promise<void>;
}

/** A setting and what happens to it in a proof. */
export interface Staging<S extends Setting> {
  readonly start: () => Promise<S>;
  readonly scenarios: readonly Scenario<S>[];
}
