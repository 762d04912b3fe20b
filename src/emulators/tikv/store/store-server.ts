/** One emulated store: a process with a data port and a status port, replicas of regions, a disk, and what is asked of it. */

import * as v from "valibot";
import { messageOf } from "../../../core/text/errors.ts";
import {
  Absorption,
  type Command,
  EMULATED_HEADER,
  HeartbeatReply,
  JoinReply,
  PollReply,
  RaftMessage,
  RaftReply,
  RegionMeta,
  StoreCauses,
  VERSION,
  VoteReply,
  VoteRequest,
} from "../protocol.ts";
import { unifiedLogLine } from "../unified-log-line.ts";
import { eventLine } from "./event-lines.ts";
import { PdLink } from "./pd-link.ts";
import { Peers } from "./peers.ts";
import { PEER_DOWN_SECONDS, Replicas, type Tell } from "./replicas.ts";
import { reportOf, storeReport } from "./reports.ts";
import { statusReply } from "./status-replies.ts";
import { Workplace } from "./workplace.ts";

/** One store of a cluster. */
export interface StoreOptions {
  readonly id: number;
  /** `host:port` of the data port. */
  readonly address: string;
  /** `host:port` of the status port. */
  readonly statusAddress: string;
  /** How this store reaches the members of PD. */
  readonly pd: readonly string[];
  /** How it reaches other stores, by id, where that is not the address that they tell. */
  readonly links: ReadonlyMap<number, string>;
  /** Seconds of silence after which a replica is reported as down. @default ten minutes */
  readonly peerDownSeconds?: number;
  /** Reads what it kept when it last ran; keeps what it is given. */
  readonly storage: { readonly read: () => unknown; readonly write: (value: unknown) => void };
  /** Writes a line of its log. */
  readonly write: (line: string) => void;
}

/** Path at which both ports say whether the store is ready; TiKV has none that does. */
export const READY = "/emulator/ready";

/** Milliseconds between two steps of the model, two messages to other stores, and two heartbeats to PD. */
const STEP_MS = 200;
const BEAT_MS = 1000;
const HEARTBEAT_MS = 10_000;
const POLL_MS = 300;
const REGION_HEARTBEAT_MS = 60_000;

const Stood = v.object({ won: v.boolean() });

const Kept = v.array(v.object({ meta: RegionMeta, term: v.number(), index: v.number() }));

/** A running store. */
export class StoreServer implements AsyncDisposable {
  readonly #options: StoreOptions;
  readonly #startedAtMs = Date.now();
  readonly #replicas: Replicas;
  readonly #work: Workplace;
  readonly #pd: PdLink;
  readonly #servers: readonly Bun.Server<undefined>[];
  readonly #stopped = new AbortController();
  readonly #peers: Peers;
  readonly #reportedMs = new Map<number, number>();
  #receivedMs = new Map<number, number>();
  #timestampMs = Date.now();
  #timestampReadMs = performance.now();

  constructor(options: StoreOptions) {
    const { id, address, statusAddress, pd, storage, peerDownSeconds = PEER_DOWN_SECONDS } = options;
    this.#options = options;
    this.#pd = new PdLink(pd);
    this.#peers = new Peers({
      links: options.links,
      onUnreachable: (storeId) => this.#work.metrics.noteUnreachable(storeId),
      onReceived: (count) => this.#work.metrics.noteReceived(count),
    });
    this.#replicas = new Replicas({
      storeId: id,
      peerDownSeconds,
      tell: this.#tell,
      post: {
        raft: (storeId, message) => this.#peers.send(storeId, { what: "raft", body: message, schema: RaftReply }),
        vote: (storeId, request) => this.#peers.send(storeId, { what: "vote", body: request, schema: VoteReply }),
      },
    });
    this.#work = new Workplace(this.#replicas);
    const kept = v.safeParse(Kept, storage.read());
    if (kept.success) for (const { meta, term, index } of kept.output) this.#replicas.hold(meta, { term, index });
    this.#servers = [
      serve(address, (request) => this.#serveData(request)),
      serve(statusAddress, (request) => this.#serveStatus(request)),
    ];
    this.#log("INFO", "Welcome to TiKV", { "Release Version": VERSION, emulated: "true" });
    void this.#every(STEP_MS, async () => this.#work.step(STEP_MS / 1000, this.#peers.followers));
    void this.#every(BEAT_MS, () => this.#beat());
    void this.#every(POLL_MS, () => this.#poll());
    void this.#every(POLL_MS, () => this.#heartbeatWhereDue());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    for (const server of this.#servers) await server.stop(true);
  }

  readonly #tell: Tell = (event, replica) => {
    const { level, message, fields } = eventLine(event, replica, this.#options.id);
    this.#log(level, message, fields);
  };

  #log(
    level: "INFO" | "WARN" | "ERROR",
    message: string,
    fields: Readonly<Record<string, string | number>> = {},
  ): void {
    const atMs = Date.now() + this.#work.physics.causes.clockOffsetMs;
    this.#options.write(
      unifiedLogLine({ atMs, level, source: "emulated_tikv.rs:1", message, fields: { ...fields, thread_id: 1 } }),
    );
  }

  async #every(everyMs: number, pass: () => Promise<void>): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await pass().catch((error: unknown) => this.#log("ERROR", "pass failed", { err: messageOf(error) }));
      await Bun.sleep(everyMs);
    }
  }

  async #beat(): Promise<void> {
    await this.#replicas.beat();
    if (this.#replicas.leaderless().length > 0) await this.#dropRemoved();
    await this.#replicas.standWhereDue();
    this.#options.storage.write(this.#replicas.all().map(({ meta, term, index }) => ({ meta, term, index })));
  }

  /** Asks what PD wants done; a store without replicas asks what it should hold. */
  async #poll(): Promise<void> {
    const { id } = this.#options;
    if (this.#replicas.all().length === 0) await this.#join();
    const reply = await this.#pd.ask("poll", { id }, PollReply);
    if (reply) await this.#obey(reply.commands);
  }

  async #join(): Promise<void> {
    const { id } = this.#options;
    const reply = await this.#pd.ask("join", { id }, JoinReply);
    for (const { meta, leaderStoreId, isFresh } of reply?.regions ?? []) {
      this.#replicas.hold(meta, { term: 2, leads: isFresh && leaderStoreId === id });
    }
  }

  /** Nobody speaks to a replica that was removed: PD knows, where it can be asked. */
  async #dropRemoved(): Promise<void> {
    const reply = await this.#pd.ask("join", { id: this.#options.id }, JoinReply);
    if (reply) this.#replicas.keepOnly(new Set(reply.regions.map(({ meta }) => meta.id)));
  }

  #lastHeartbeatMs = Number.NEGATIVE_INFINITY;

  async #heartbeatWhereDue(): Promise<void> {
    const now = performance.now();
    const isDue = now - this.#lastHeartbeatMs >= HEARTBEAT_MS;
    const due = this.#replicas.led().filter((replica) => {
      const { meta, isNews } = replica;
      const reported = this.#reportedMs.get(meta.id);
      const isLate = reported === undefined || now - reported >= REGION_HEARTBEAT_MS;
      return this.#replicas.hasNewTrouble(replica) || isNews || isLate;
    });
    if (!isDue && due.length === 0) return;
    const regions = due.map((replica) => {
      const sinceMs = this.#reportedMs.get(replica.meta.id);
      return reportOf(replica, this.#replicas, {
        traffic: this.#work.traffic.take(replica.meta.id),
        seconds: Math.max(1, (now - (sinceMs ?? now - 1000)) / 1000),
      });
    });
    const store = storeReport(this.#options, this.#work, this.#startedAtMs);
    const reply = await this.#pd.ask("heartbeat", { store, regions }, HeartbeatReply);
    if (!reply) {
      this.#log("ERROR", "store heartbeat failed", { err: "no PD answers as leader" });
      await Bun.sleep(1000);
      return;
    }
    this.#lastHeartbeatMs = now;
    this.#timestampMs = reply.timestampMs;
    this.#timestampReadMs = performance.now();
    for (const { id, address } of reply.stores) this.#peers.learn(id, address);
    for (const replica of due) {
      replica.isNews = false;
      this.#reportedMs.set(replica.meta.id, now);
    }
    await this.#obey(reply.commands);
  }

  async #obey(commands: readonly Command[]): Promise<void> {
    for (const command of commands) {
      if (command.do === "merge-into") await this.#merge(command);
      else await this.#replicas.obey(command, (storeId, meta) => this.#askToStand(storeId, meta));
    }
  }

  async #askToStand(storeId: number, meta: RegionMeta): Promise<boolean> {
    const reply = await this.#peers.send(storeId, { what: "stand", body: { meta }, schema: Stood });
    return reply?.won ?? false;
  }

  /** On every store that has both regions the one takes over the other. */
  async #merge({ regionId, target }: Extract<Command, { readonly do: "merge-into" }>): Promise<void> {
    const source = this.#replicas.get(regionId);
    if (!source?.leads) return;
    const absorption = { targetId: target.id, source: source.meta };
    await Promise.all(
      source.meta.peers.map(({ storeId }) =>
        storeId === this.#options.id
          ? this.#absorb(absorption)
          : this.#peers.send(storeId, { what: "absorb", body: absorption, schema: v.unknown() }),
      ),
    );
  }

  async #absorb({ targetId, source }: v.InferOutput<typeof Absorption>): Promise<void> {
    const target = this.#replicas.get(targetId);
    if (target) this.#replicas.absorb(target, source);
  }

  async #serveData(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/kv/"))
      return await this.#work.serve(request, {
        forward: (storeId) => this.#peers.forward(storeId, request),
        followers: this.#peers.followers,
      });
    if (pathname === READY) return this.#ready();
    const body: unknown = await request.json();
    switch (pathname) {
      case "/emulator/raft":
        return Response.json(this.#receive(v.parse(RaftMessage, body)));
      case "/emulator/vote":
        this.#work.metrics.noteReceived(1);
        return Response.json(this.#replicas.vote(v.parse(VoteRequest, body)));
      case "/emulator/stand": {
        const { meta } = v.parse(v.object({ meta: RegionMeta }), body);
        return Response.json({ won: await this.#replicas.standFor(meta) });
      }
      case "/emulator/absorb":
        await this.#absorb(v.parse(Absorption, body));
        return Response.json({});
      case "/emulator/causes":
        Object.assign(this.#work.physics.causes, v.parse(StoreCauses, body));
        return Response.json(this.#work.physics.causes);
      default:
        return new Response(null, { status: 404, headers: EMULATED_HEADER });
    }
  }

  /** A store is ready when it holds replicas. */
  #ready(): Response {
    return new Response(null, { status: this.#replicas.all().length > 0 ? 200 : 503, headers: EMULATED_HEADER });
  }

  #receive(message: RaftMessage): RaftReply {
    this.#work.metrics.noteReceived(message.regions.length);
    const now = performance.now();
    const seconds = (now - (this.#receivedMs.get(message.from) ?? now)) / 1000;
    this.#receivedMs.set(message.from, now);
    return { appendSeconds: this.#work.physics.appendSeconds, regions: [...this.#replicas.receive(message, seconds)] };
  }

  async #serveStatus(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === READY) return this.#ready();
    // What the lab and the workload say to a store, which a real status port does not take.
    if (pathname.startsWith("/kv/") || pathname === "/emulator/causes") return await this.#serveData(request);
    const timestampMs = this.#timestampMs + (performance.now() - this.#timestampReadMs);
    const ownMs = Date.now() + this.#work.physics.causes.clockOffsetMs;
    const reply = statusReply(pathname, {
      options: this.#options,
      replicas: this.#replicas,
      work: this.#work,
      startedAtSeconds: this.#startedAtMs / 1000,
      resolvedGapMs: Math.max(0, ownMs - timestampMs) + 1000,
    });
    reply.headers.set("date", new Date(ownMs).toUTCString());
    return reply;
  }
}

function serve(address: string, fetch: (request: Request) => Promise<Response>): Bun.Server<undefined> {
  const [hostname = "127.0.0.1", port = "0"] = address.split(":");
  return Bun.serve({ hostname, port: Number(port), idleTimeout: 60, fetch });
}
