/** A whole limiter for tests: real nodes on free ports over a real Redis, each on a link of its own that can be impaired. */

import type { Session } from "../../../src/core/subject/subject.ts";
import type { EntityId } from "../../../src/core/words/ids.ts";
import { LinkProxy } from "../../../src/deployments/local/links/link-proxy.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { createRecorder, type Recorder } from "../../../src/prometheus/recorder.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";
import { startService, type TestService } from "../../limiter/services.ts";
import { type RedisServer, startRedis } from "../../redis-server.ts";
import { memorySamples } from "./memory-samples.ts";

/** How the nodes are meant to run. */
export const INTENDED = { algorithm: "sliding-window", limit: 10, windowMs: 5000, onRedisFailure: "local" } as const;

/** Three nodes and their Redis, watched by one session. */
export interface Cluster extends AsyncDisposable {
  readonly redis: RedisServer;
  readonly nodes: readonly TestService[];
  readonly links: readonly LinkProxy[];
  /** As the subject takes it. */
  readonly config: unknown;
  readonly session: Session;
  /** Sends so many checks of a key to a node, one after the other, and counts how many were allowed. */
  check(node: number, key: string, times: number): Promise<number>;
  /** Scrapes every node and looks once. */
  look(...tracked: EntityId[]): ReturnType<Session["look"]>;
}

/** Starts everything and opens a session. */
export async function startCluster(): Promise<Cluster> {
  await using opened = new AsyncDisposableStack();
  const redis = opened.use(await startRedis());
  const links = [1, 2, 3].map(() => {
    return opened.use(new LinkProxy({ listen: "127.0.0.1:0", target: `${redis.host}:${redis.port}` }));
  });
  const nodes = await Promise.all(
    links.map((link, index) => {
      const { algorithm, limit } = INTENDED;
      const flags = { node: `${index + 1}`, redis: `redis://${link.address}`, algorithm, limit, window: "5s" };
      return startService({ flags: { ...flags, nodes: "1,2,3" } });
    }),
  );
  for (const node of nodes) opened.use(node);
  const addresses = nodes.map(({ service }) => `127.0.0.1:${service.port}`);
  const config = {
    nodes: addresses.map((address, index) => ({ id: `${index + 1}`, address })),
    redis: redis.url,
    intended: INTENDED,
  };
  const recorder: Recorder = createRecorder({
    samples: memorySamples(),
    instance: 1,
    wanted: new Set(ratelimiter.metrics),
    clock: systemClock,
  });
  const { series } = recorder;
  const session = opened.use(
    await ratelimiter.configure(config).open({ clock: systemClock, series, shortestPauseMs: 0 }),
  );
  const owned = opened.move();
  return {
    redis,
    nodes,
    links,
    config,
    session,
    async check(node, key, times) {
      let allowed = 0;
      for (let sent = 0; sent < times; sent++) {
        const answer = await nodes[node - 1]?.call("POST", "/check", { key });
        if (answer?.status === 200) allowed++;
      }
      return allowed;
    },
    async look(...tracked) {
      const signal = AbortSignal.timeout(5000);
      await recorder.record(session.scrapes(), signal);
      return await session.look({ signal, tracked, begunAfterMs: systemClock.monotonic() });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
