/** One node of the limiter as a running service. */

import { version } from "../../package.json" with { type: "json" };
import { systemClock } from "../io/clock.ts";
import type { log } from "../io/log.ts";
import { connectRedis } from "../io/redis.ts";
import { describeTrouble } from "../io/redis-trouble.ts";
import { RecentDemand } from "./admissions/recent-demand.ts";
import { createApp, failureReplies } from "./api/app.ts";
import { serveHttp } from "./api/http/server.ts";
import { CHECK_PATH, checkAnswer } from "./api/routes/check.ts";
import { Standing } from "./decide/alone/standing.ts";
import type { Decider } from "./decide/decision.ts";
import { openDecider } from "./decide/redis/redis-decider.ts";
import { watchEventLoop } from "./latency/event-loop.ts";
import { drain, factsOf, type LimiterNode } from "./limiter-node.ts";
import { exposition, LimiterMetrics } from "./metrics.ts";
import { openRegistry, type RegistryOptions } from "./registry.ts";
import type { LimiterSettings } from "./settings/settings.ts";
import { keyOf, resetKeyOf } from "./settings/settings-entry.ts";
import { SettingsState } from "./settings/settings-state.ts";
import { openSharedSettings } from "./settings/shared-settings.ts";

/** A running node. */
export interface LimiterService extends AsyncDisposable {
  /** For instance `http://127.0.0.1:8082`. */
  readonly url: string;
  readonly port: number;
  /** Resolves when the node has stopped for any reason. */
  readonly closed: Promise<void>;
  /** Refuses new checks, finishes running ones, leaves the register and closes everything. */
  stop(): Promise<void>;
}

/** Options of a node besides its settings. */
export interface StartOptions {
  readonly log: typeof log;
  /** Stops the node when it aborts. */
  readonly signal: AbortSignal;
  /** Replaces the decider that asks Redis. */
  readonly decider?: Decider;
}

const CONNECT_WITHIN_MS = 1000;
const LOOK_EVERY_MS = 10;

/**
 * Starts one node; it serves when this resolves, by the failure policy if Redis does not answer.
 * @throws {InvalidInputError} If the address of Redis cannot be read.
 * @throws {Error} If nothing can listen on the port.
 */
export async function startLimiter(settings: LimiterSettings, options: StartOptions): Promise<LimiterService> {
  const { log, signal } = options;
  await using opened = new AsyncDisposableStack();
  const node = await openNode(settings, options, opened);
  const failed = failureReplies(node, (error) => log.error("Failed to answer", error));
  const { host, maxConnections, idleTimeoutMs } = settings;
  const counts = node.metrics.connections;
  const { fetch } = createApp(node, failed);
  const posts = { [CHECK_PATH]: checkAnswer(node) };
  const listening = { host, port: settings.port, maxConnections, idleSeconds: idleTimeoutMs / 1000 };
  const server = opened.use(serveHttp({ ...listening, fetch, posts, failed, counts, log }));
  const own = settings.expected.find(({ id }) => id === settings.node);
  node.address = own?.address ?? server.url.host;
  await node.registry.join();

  const owned = opened.move();
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  let stopping: Promise<void> | undefined;
  async function stop(): Promise<void> {
    log.info("Draining", { node: settings.node });
    await drain(node);
    await owned.disposeAsync();
    resolve();
  }
  const service: LimiterService = {
    url: server.url.origin,
    port: server.port,
    closed,
    stop: () => (stopping ??= stop()),
    [Symbol.asyncDispose]: () => service.stop(),
  };
  signal.addEventListener("abort", () => void service.stop(), { once: true });
  if (signal.aborted) await service.stop();
  log.info("Serving", { node: settings.node, url: service.url, redis: node.decider.health().connected });
  return service;
}

async function openNode(
  settings: LimiterSettings,
  options: StartOptions,
  opened: AsyncDisposableStack,
): Promise<LimiterNode> {
  const { log } = options;
  const startedAtMs = systemClock.now();
  const metrics = new LimiterMetrics();
  const redis = connectRedis(settings.redis, { commandTimeoutMs: Number.POSITIVE_INFINITY });
  opened.defer(() => redis.disconnect());
  const standing = standingOf(settings);
  const decider = opened.use(options.decider ?? openOwnDecider(settings, { metrics, standing, log }));
  const state = new SettingsState(settings);
  const onChange = (names: readonly string[] | undefined): void => forget(decider, names);
  const opening = openSharedSettings({ redisUrl: settings.redis, redis, state, onChange, log });
  await connected(decider);
  standing.startedAlone = !decider.health().connected;
  const shared = opened.use(await opening);
  const loop = opened.use(watchEventLoop({ onTick: (tick) => metrics.arrivalWaits.observe(tick) }));
  const registry = opened.use(
    openRegistry({
      redis,
      facts: () => factsOf(node),
      now: () => systemClock.now() + node.clockOffsetMs,
      heartbeatMs: settings.heartbeatMs,
      log,
      ...placing(standing, decider, state),
    }),
  );
  const node: LimiterNode = {
    settings,
    version,
    startedAtMs,
    address: "",
    decider,
    standing,
    state,
    shared,
    registry,
    metrics,
    demand: new RecentDemand(performance.now()),
    draining: false,
    clockOffsetMs: settings.clockOffsetMs,
    loop,
    exposition: exposition(metrics, {
      node: settings.node,
      version,
      startedAtMs,
      health: () => decider.health(),
      activeKeys: () => decider.activeKeys(),
      draining: () => node.draining,
      loop,
    }),
  };
  return node;
}

function standingOf({ node: id, expected, heartbeatMs, localOverlap: overlap }: LimiterSettings): Standing {
  const list = [...new Set(expected.map((one) => one.id))];
  return new Standing({ id, list, heartbeatMs, overlap, startedMs: performance.now() });
}

/** Determines the share of a node by the register. */
function placing(
  standing: Standing,
  decider: Decider,
  state: SettingsState,
): Pick<RegistryOptions, "onBeat" | "onLeave"> {
  return {
    onBeat(ids) {
      const connectedMs = systemClock.monotonic() - decider.health().aloneSeconds * 1000;
      standing.note({ ids, connectedMs, longestWindowMs: state.longestWindowMs() });
    },
    onLeave: () => standing.leave(),
  };
}

interface DeciderParts {
  readonly metrics: LimiterMetrics;
  readonly standing: Standing;
  readonly log: StartOptions["log"];
}

function openOwnDecider(
  { redis: redisUrl, onRedisFailure }: LimiterSettings,
  { metrics, standing, log }: DeciderParts,
): Decider {
  const noteError = (message: string): void => {
    metrics.lastRedisError = { atMs: systemClock.now(), message };
  };
  return openDecider({
    redisUrl,
    onRedisFailure,
    shares: standing,
    onProbeFailed: noteError,
    onRedisCall: (durationMs, failed) => {
      metrics.redisCalls.observe(durationMs);
      if (failed === undefined) return;
      metrics.redisErrors += 1;
      noteError(failed);
    },
    onAlone: (alone, primaries) => {
      if (!alone) return log.info("Deciding with Redis again");
      const which = primaries.length > 0 ? { primaries: primaries.join(",") } : {};
      log.warn("Deciding without Redis", { policy: onRedisFailure, reason: describeTrouble(alone.reason), ...which });
    },
  });
}

/** Drops cached denials after a change, and admissions before a reset. */
function forget(decider: Decider, names: readonly string[] | undefined): void {
  const keys = names?.map(keyOf) ?? [undefined];
  if (keys.includes(undefined)) decider.forget();
  else for (const key of keys) decider.forget(key);
  for (const key of names?.flatMap((name) => resetKeyOf(name) ?? []) ?? []) decider.obeyReset(key);
}

/**
 * Waits for Redis at the start, so that a node does not begin by deciding without it. A pause counts only for its
 * nominal length, so that a process that is starved at its start does not consider Redis unavailable.
 */
async function connected(decider: Decider): Promise<void> {
  for (let waitedMs = 0; !decider.health().connected && waitedMs < CONNECT_WITHIN_MS; waitedMs += LOOK_EVERY_MS) {
    await systemClock.sleep(LOOK_EVERY_MS);
  }
}
