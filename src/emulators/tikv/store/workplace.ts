/** Where a store's requests are served: the model says how long each takes, and what it takes is counted. */

import { EMULATED_HEADER, VERSION } from "../protocol.ts";
import { Physics } from "./physics.ts";
import type { Replica } from "./replica.ts";
import type { Replicas } from "./replicas.ts";
import { StoreMetrics, type WritesSeen } from "./store-metrics.ts";
import { commitSeconds, type Follower, readSeconds, Traffic } from "./traffic.ts";

export type { Follower };

/** What a healthy machine has. */
export const HEALTHY = {
  appendSeconds: 0.001,
  compactionBytesPerSecond: 200 * 1024 ** 2,
  foreignBytes: 0,
  clockOffsetMs: 0,
  cpuFactor: 1,
  version: VERSION,
};

/** Seconds that a write waits for a majority at most before it fails. */
const GIVES_UP_SECONDS = 5;

/** How requests for other stores are passed on, and how far those are. */
export interface ServeOptions {
  readonly forward: (storeId: number) => Promise<Response | undefined>;
  readonly followers: ReadonlyMap<number, Follower>;
}

/** A store's machine and what it has to do. */
export class Workplace {
  readonly physics = new Physics({ ...HEALTHY });
  readonly metrics = new StoreMetrics();
  readonly traffic = new Traffic();
  readonly #replicas: Replicas;

  constructor(replicas: Replicas) {
    this.#replicas = replicas;
  }

  /** Lets time pass. */
  step(seconds: number, followers: ReadonlyMap<number, Follower>): void {
    const demand = this.traffic.step(this.#replicas, seconds);
    this.physics.step(demand, seconds);
    const led = this.#replicas.led();
    const lags = led.map(
      ({ index, others }) => index - Math.min(index, ...[...others.values()].map(({ matched }) => matched)),
    );
    this.metrics.note(this.physics, {
      seconds,
      reads: demand.reads,
      appends: demand.writes + demand.followed,
      readSeconds: readSeconds(this.physics),
      writes: led
        .filter(({ writesPerSecond }) => writesPerSecond > 0.01)
        .map((replica) => this.#writesOf(replica, followers)),
      lag: Math.max(0, ...lags),
    });
  }

  /** Answers `GET` and `PUT /kv/<key>` when the time has passed that it takes. */
  async serve(request: Request, { forward, followers }: ServeOptions): Promise<Response> {
    const name = decodeURIComponent(new URL(request.url).pathname.slice("/kv/".length));
    const replica = this.#replicas.at(Buffer.from(name).toString("hex").toUpperCase());
    if (!replica) return failed(404, "region not found");
    if (!replica.leads) {
      const { leaderStoreId } = replica;
      const answer = leaderStoreId === undefined ? undefined : await forward(leaderStoreId);
      return answer ?? failed(503, "not leader");
    }
    const kind = request.method === "GET" ? "read" : "write";
    const refusal = this.#refusalOf(kind);
    if (refusal !== undefined) return failed(503, refusal);
    this.traffic.note(replica.meta.id, kind);
    const seconds = kind === "read" ? readSeconds(this.physics) : this.#writesOf(replica, followers).writeSeconds;
    await Bun.sleep(Math.min(seconds, GIVES_UP_SECONDS) * 1000 * spread());
    if (seconds > GIVES_UP_SECONDS) return failed(503, "timeout");
    return new Response("{}", { headers: { ...EMULATED_HEADER, "content-type": "application/json" } });
  }

  #writesOf({ meta, writesPerSecond }: Replica, followers: ReadonlyMap<number, Follower>): WritesSeen {
    const { physics } = this;
    const reached = meta.peers.flatMap(({ storeId, isLearner }) => {
      const follower = followers.get(storeId);
      return follower && !isLearner ? [follower] : [];
    });
    const voters = meta.peers.filter(({ isLearner }) => !isLearner).length;
    const commit = Math.min(60, commitSeconds(voters, reached, physics.appendSeconds));
    const held = physics.throttledRatio * 0.5;
    const around = physics.grpc.latencySeconds + physics.scheduler.latencySeconds + physics.raftstore.latencySeconds;
    return {
      perSecond: writesPerSecond,
      commitSeconds: commit,
      writeSeconds: around + commit + physics.apply.latencySeconds + held,
    };
  }

  /** Why a request is refused; `undefined` where it is served. */
  #refusalOf(kind: "read" | "write"): string | undefined {
    const { physics } = this;
    if (kind === "write" && physics.isFull) return "disk full";
    const asked = this.traffic.readsPerSecond + this.traffic.writesPerSecond;
    const share = asked === 0 ? 0 : physics.refusedPerSecond / asked;
    return Math.random() < share ? "server is busy" : undefined;
  }
}

/** Waiting times are spread, the mean is the model's. */
function spread(): number {
  return 0.6 - 0.4 * Math.log(1 - Math.random());
}

function failed(status: number, error: string): Response {
  return Response.json({ error }, { status, headers: EMULATED_HEADER });
}
