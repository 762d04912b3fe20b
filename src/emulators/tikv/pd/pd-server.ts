/** One emulated PD: a process that serves PD's HTTP API on its client address, and speaks to the other members and to the stores. */

import * as v from "valibot";
import { messageOf } from "../../../core/text/errors.ts";
import { Uint64 } from "../go-json.ts";
import { Heartbeat, MemberMessage, PdCauses } from "../protocol.ts";
import { unifiedLogLine } from "../unified-log-line.ts";
import { Cluster, type Log } from "./cluster.ts";
import { forwarded, REDIRECTOR } from "./forward.ts";
import { healthReply, leaderReply, type MemberRoutesOptions, membersReply } from "./member-routes.ts";
import { type MemberAddress, Members } from "./members.ts";
import { pdMetricsPage } from "./pd-metrics.ts";
import { ReplicatedState } from "./replicated-state.ts";
import { empty, FORBIDDEN, json, NOT_FOUND, type Reply, responseOf } from "./reply.ts";
import { ROUTES } from "./routes.ts";

/** One PD among its fellows. */
export interface PdOptions {
  readonly name: string;
  /** `host:port` at which it listens. */
  readonly address: string;
  /** The other members: how this one reaches them, and where clients do. */
  readonly others: readonly (MemberAddress & { readonly clientAddress: string })[];
  readonly regionCount: number;
  /** Stores with which the cluster begins. */
  readonly storeCount: number;
  /** As Go prints it. */
  readonly maxStoreDownTime: string;
  /** Reads what it kept when it last ran; keeps what it is given. */
  readonly storage: { readonly read: () => unknown; readonly write: (value: unknown) => void };
  /** Writes a line of its log. */
  readonly write: (line: string) => void;
}

/** Milliseconds after which what has changed is kept. */
const KEEP_AFTER_MS = 200;
/** Milliseconds that a ping of another member takes at most. */
const PING_MS = 3000;

const Kept = v.array(v.object({ index: v.number(), key: v.string(), value: v.unknown() }));

/** Paths below `/pd/api/v1` that every member answers for itself. */
const LOCAL = new Set(["/ping", "/version", "/status", "/health", "/admin/log"]);

/** A running PD. */
export class PdServer implements AsyncDisposable {
  readonly #options: PdOptions;
  readonly #startedAtMs = Date.now();
  readonly #state: ReplicatedState;
  readonly #cluster: Cluster;
  readonly #members: Members;
  readonly #server: Bun.Server<undefined>;
  readonly #stopped = new AbortController();
  readonly #routes: MemberRoutesOptions;
  #clockOffsetMs = 0;
  #forbidsClients = false;
  #timeJumps = 0;
  #keeping: Timer | undefined;
  #leaderChanges = 0;

  constructor(options: PdOptions) {
    const { name, address, others, regionCount, storeCount, maxStoreDownTime, storage } = options;
    this.#options = options;
    this.#state = new ReplicatedState(() => this.#keepSoon());
    const kept = v.safeParse(Kept, storage.read());
    if (kept.success) this.#state.adopt(kept.output);
    const now = (): number => this.#now();
    this.#cluster = new Cluster({ state: this.#state, log: this.#log, now, regionCount, storeCount, maxStoreDownTime });
    this.#members = new Members({
      name,
      others,
      state: this.#state,
      onLead: (leads) => this.#onLead(leads),
      log: this.#log,
    });
    this.#routes = {
      members: this.#members,
      infos: [
        { name, clientUrl: `http://${address}` },
        ...others.map((other) => ({ name: other.name, clientUrl: `http://${other.clientAddress}` })),
      ].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      name,
      clusterId: new Uint64(7_710_550_541_516_441_401n),
      ping: (other) => this.#ping(other),
    };
    const [host = "127.0.0.1", port = "0"] = address.split(":");
    this.#server = Bun.serve({
      hostname: host,
      port: Number(port),
      idleTimeout: 60,
      fetch: (request) => this.#answer(request),
    });
    this.#log("INFO", "Welcome to Placement Driver (PD)", { "release-version": "v8.5.7", emulated: "true" });
    void this.#run(() => this.#members.tick(), this.#members.everyMs);
    void this.#run(() => this.#schedule(), 500);
  }

  /** Name of the leader, as far as this member knows one. */
  get leader(): string | undefined {
    return this.#members.leader;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#keeping);
    this.#options.storage.write(this.#state);
    await this.#server.stop(true);
  }

  readonly #log: Log = (level, message, fields = {}) => {
    const line = { atMs: this.#now(), level, source: "emulated_pd.go:1", message, fields };
    this.#options.write(unifiedLogLine(line));
  };

  #now(): number {
    return Date.now() + this.#clockOffsetMs;
  }

  #onLead(leads: boolean): void {
    this.#leaderChanges += 1;
    if (leads) this.#cluster.lead();
  }

  async #schedule(): Promise<void> {
    if (this.#members.leads) this.#cluster.tick();
  }

  async #run(pass: () => Promise<void>, everyMs: number): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await pass().catch((error: unknown) => this.#log("ERROR", "pass failed", { error: messageOf(error) }));
      await Bun.sleep(everyMs);
    }
  }

  #keepSoon(): void {
    this.#keeping ??= setTimeout(() => {
      this.#keeping = undefined;
      this.#options.storage.write(this.#state);
    }, KEEP_AFTER_MS);
  }

  async #ping(name: string): Promise<boolean> {
    const other = this.#options.others.find((one) => one.name === name);
    if (!other) return false;
    try {
      const url = `http://${other.address}/pd/api/v1/ping`;
      const headers = { [REDIRECTOR]: "pd" };
      return (await fetch(url, { headers, signal: AbortSignal.timeout(PING_MS) })).ok;
    } catch {
      return false;
    }
  }

  async #answer(request: Request): Promise<Response> {
    const reply = await this.#replyTo(request).catch((error: unknown): Reply => json(messageOf(error), 500));
    return reply instanceof Response ? reply : responseOf(reply, this.#now());
  }

  async #replyTo(request: Request): Promise<Reply | Response> {
    const url = new URL(request.url);
    const { pathname } = url;
    if (pathname.startsWith("/emulator/")) return await this.#inner(pathname, request);
    if (this.#forbidsClients && !request.headers.has(REDIRECTOR)) return FORBIDDEN;
    if (pathname === "/metrics") return this.#metrics();
    if (pathname === "/pd/api/v2/ready") return this.#ready(url);
    if (pathname === "/health") return this.#etcdHealth();
    if (!pathname.startsWith("/pd/api/v1/")) return NOT_FOUND;
    const path = pathname.slice("/pd/api/v1".length);
    if (LOCAL.has(path)) return await this.#local(path);
    if (this.#members.leads) return await this.#lead(path, url, request);
    return await forwarded(path, url, {
      request,
      leader: this.#options.others.find(({ name }) => name === this.#members.leader),
    });
  }

  async #local(path: string): Promise<Reply> {
    switch (path) {
      case "/ping":
        return empty();
      case "/version":
        return json({ version: "v8.5.7", build_time: "", hash: "", branch: "" });
      case "/status":
        return json({
          build_ts: "None",
          version: "v8.5.7",
          git_hash: "None",
          start_timestamp: Math.floor(this.#startedAtMs / 1000),
        });
      case "/health":
        return await healthReply(this.#routes);
      default:
        return json("The log level is updated.");
    }
  }

  async #lead(path: string, url: URL, request: Request): Promise<Reply> {
    if (request.method === "GET" && path === "/members") return membersReply(this.#routes);
    if (request.method === "GET" && path === "/leader") return leaderReply(this.#routes);
    const handOver = /^\/leader\/(?<what>resign|transfer\/(?<to>[^/]+))$/.exec(path)?.groups;
    if (request.method === "POST" && handOver) return await this.#handOver(handOver["to"]);
    const matching = ROUTES.filter((route) => route.path.test(path));
    const route = matching.find(({ method }) => method === request.method);
    if (!route) return matching.length > 0 ? empty(405) : NOT_FOUND;
    const reply = route.answer({
      cluster: this.#cluster,
      params: { ...route.path.exec(path)?.groups },
      query: url.searchParams,
      body: await request.text(),
      nowMs: this.#now(),
      startedAtMs: this.#startedAtMs,
      clusterId: this.#routes.clusterId,
    });
    // What was changed is kept by a majority before it is answered.
    if (request.method !== "GET") await this.#members.replicate();
    return reply;
  }

  async #handOver(to: string | undefined): Promise<Reply> {
    const words = to === undefined ? "The resign command is submitted." : "The transfer command is submitted.";
    if (to === this.#options.name) return json(words);
    const isDone = await this.#members.handOver(to);
    return isDone ? json(words) : json("no valid pd to transfer etcd leader", 500);
  }

  /** What stores, members and the lab say to it. */
  async #inner(path: string, request: Request): Promise<Reply | Response> {
    const body: unknown = await request.json();
    switch (path) {
      case "/emulator/member":
        return json(this.#members.receive(v.parse(MemberMessage, body)));
      case "/emulator/heartbeat":
        if (!this.#members.leads) return json("not leader", 503);
        return json(this.#cluster.hear(v.parse(Heartbeat, body)));
      case "/emulator/join": {
        if (!this.#members.leads) return json("not leader", 503);
        const { id } = v.parse(v.object({ id: v.number() }), body);
        return json({ regions: this.#cluster.regionsOn(id) });
      }
      case "/emulator/poll": {
        if (!this.#members.leads) return json("not leader", 503);
        const { id } = v.parse(v.object({ id: v.number() }), body);
        return json({ commands: this.#cluster.pendingFor(id) });
      }
      case "/emulator/causes": {
        const { clockOffsetMs, forbidsClients = this.#forbidsClients } = v.parse(PdCauses, body);
        if (clockOffsetMs !== undefined) this.#turnClock(clockOffsetMs);
        this.#forbidsClients = forbidsClients;
        return json({ clockOffsetMs: this.#clockOffsetMs, forbidsClients });
      }
      default:
        return NOT_FOUND;
    }
  }

  /** A clock that is turned back jumps, and PD sees it. */
  #turnClock(offsetMs: number): void {
    if (offsetMs < this.#clockOffsetMs) {
      this.#timeJumps += 1;
      this.#log("ERROR", "system time jumps backward", { last: this.#now() });
    }
    this.#clockOffsetMs = offsetMs;
  }

  #metrics(): Reply {
    const { user, system } = process.cpuUsage();
    const body = pdMetricsPage({
      cluster: this.#cluster,
      leads: this.#members.leads,
      hasLeader: this.#members.leader !== undefined,
      nowMs: this.#now(),
      startedAtMs: this.#startedAtMs,
      timeJumps: this.#timeJumps,
      timeSlow: this.#timeJumps,
      leaderChanges: this.#leaderChanges,
      cpuSeconds: (user + system) / 1e6,
      residentBytes: process.memoryUsage.rss(),
      syncs: this.#state.index,
    });
    return { status: 200, body, contentType: "text/plain; version=0.0.4; charset=utf-8; escaping=underscores" };
  }

  #ready(url: URL): Reply {
    const isReady = !this.#members.leads || this.#cluster.isBootstrapped;
    if (!url.searchParams.has("verbose")) return empty(isReady ? 200 : 500);
    return { ...json({ region_loaded: isReady }, isReady ? 200 : 500), contentType: "application/json; charset=utf-8" };
  }

  #etcdHealth(): Reply {
    const isHealthy = this.#members.leader !== undefined;
    const body = isHealthy ? { health: "true", reason: "" } : { health: "false", reason: "RAFT NO LEADER" };
    return { status: isHealthy ? 200 : 503, body: JSON.stringify(body), contentType: "text/plain; charset=utf-8" };
  }
}
