/**
 * PD's HTTP API (PD v8.5.7, `server/api/router.go`): a method per call, each with the caller's signal. Any member may be
 * asked, since a follower passes on to the leader; one that is down, hangs or has no leader is passed over.
 */

import type * as v from "valibot";
import { sameAddress } from "../../../core/system/join.ts";
import { ActionError, messageOf, ProbeError } from "../../../core/text/errors.ts";
import { type HttpRequest, requestJson, requestJsonReply, requestText } from "../../../io/http/http.ts";
import { type HttpList, type ListShape, requestList } from "../../../io/http/http-list.ts";
import { type AnswerTime, answerTimeOf } from "./answer-time.ts";
import { firstAnswer } from "./first-answer.ts";
import { EvictedStores, ReplicateConfig, ScheduleConfig } from "./pd-config.ts";
import { failureOf } from "./pd-failure.ts";
import {
  Anything,
  ClusterStatus,
  Hotspots,
  MemberHealth,
  Members,
  Operators,
  PdStatus,
  Region,
  RegionCount,
  Schedulers,
  Store,
} from "./pd-replies.ts";
import { oncePerId, type RegisteredStore, StoreEntry } from "./store-entry.ts";

/** A list of regions in which something is not as it should be (`GET /regions/check/…`). */
export type RegionCheck = "miss-peer" | "down-peer" | "pending-peer" | "extra-peer" | "offline-peer";

/** The scheduler that keeps stores from leading regions. */
export const EVICT_LEADER = "evict-leader-scheduler";

/** A call that changes something. */
export interface PdChange {
  readonly method: "POST" | "DELETE";
  /** Below `/pd/api/v1`. */
  readonly path: string;
  readonly body?: unknown;
}

/** What a member says of its own process, and by which clock it dates its answer. */
export interface OwnStatus extends PdStatus, AnswerTime {}

/** How all calls are sent. */
export interface PdClientOptions {
  /** `host:port` or `http://host:port` of the members, in the order in which they are asked. */
  readonly addresses: readonly string[];
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number;
}

/** Bytes of a reply: 1,000 stores make 735 KB, their configuration 80 KB, their hotspots 564 KB. */
const MAX_BYTES = 4_000_000;

/** Bytes that are read of a list of regions, of about 450 each; then it is given up. */
const MAX_LIST_BYTES = 64_000;

/** With what a stand-in marks everything that it serves. */
const STANDS_IN = "x-emulated";

/** Milliseconds after which another member is asked, too: a healthy one answers in a few. */
const LATE_AFTER_MS = 700;

/** All members of one PD. */
export class PdClient {
  readonly addresses: readonly string[];
  readonly timeoutMs: number;

  constructor({ addresses, timeoutMs }: PdClientOptions) {
    this.addresses = addresses;
    this.timeoutMs = timeoutMs;
  }

  /** The same members, the one at that address first: who leads answers without a detour. */
  leadBy(address: string | undefined): PdClient {
    const addresses = this.addresses.toSorted((a, b) => rankOf(a, address) - rankOf(b, address));
    return new PdClient({ addresses, timeoutMs: this.timeoutMs });
  }

  /** What the member at one address says of its own process. */
  async status(address: string, signal: AbortSignal): Promise<OwnStatus> {
    const request = { signal, timeoutMs: this.timeoutMs };
    const { value, reply } = await requestJsonReply(urlOf(address, "/status"), PdStatus, request);
    return { ...value, ...answerTimeOf(reply) };
  }

  /** Whether the first member that answers says of itself that it stands in for PD. */
  async isEmulated(signal: AbortSignal): Promise<boolean> {
    const { timeoutMs } = this;
    const { headers } = await this.#first(
      "/version",
      (address) => (within) => requestText(urlOf(address, "/version"), { signal: within, timeoutMs, maxBytes: 4096 }),
      signal,
    );
    return headers.has(STANDS_IN);
  }

  members(signal: AbortSignal): Promise<Members> {
    return this.#get("/members", Members, signal);
  }

  /** What the member at one address says of its cluster, or its leader through it. */
  membersAt(address: string, signal: AbortSignal): Promise<Members> {
    return requestJson(urlOf(address, "/members"), Members, { signal, timeoutMs: this.timeoutMs });
  }

  /** Whether each member answered the one that was asked. */
  health(signal: AbortSignal): Promise<MemberHealth> {
    return this.#get("/health", MemberHealth, signal);
  }

  clusterStatus(signal: AbortSignal): Promise<ClusterStatus> {
    return this.#get("/cluster/status", ClusterStatus, signal);
  }

  /** All stores but those that are gone for good, in the order of their ids. */
  async stores(signal: AbortSignal): Promise<readonly RegisteredStore[]> {
    const { items, isWhole } = await this.#list(
      "/stores",
      { item: StoreEntry, field: "stores" },
      { signal, maxBytes: MAX_BYTES },
    );
    if (!isWhole) throw new ProbeError(`Cannot read the stores: the list is longer than ${MAX_BYTES} bytes`);
    return oncePerId(items);
  }

  store(id: string, signal: AbortSignal): Promise<Store> {
    return this.#get(`/store/${encodeURIComponent(id)}`, Store, signal);
  }

  regionCount(signal: AbortSignal): Promise<number> {
    return this.#get("/regions/count", RegionCount, signal);
  }

  /** The first regions of a list; what lies behind the byte cap is not read. */
  regionsOf(check: RegionCheck, signal: AbortSignal): Promise<HttpList<Region>> {
    return this.#list(
      `/regions/check/${check}`,
      { item: Region, field: "regions", counted: "count" },
      { signal, maxBytes: MAX_LIST_BYTES },
    );
  }

  /**
   * One region.
   * @throws {ProbeError} If PD does not know it, or does not answer.
   */
  async region(id: string, signal: AbortSignal): Promise<Region> {
    const region = await this.#get(`/region/id/${encodeURIComponent(id)}`, Region, signal);
    // PD answers for a region that it does not know with an empty one.
    if (region.id === "0") throw new ProbeError(`Cannot find region ${id}: PD knows no such region`);
    return region;
  }

  /** The region in which a raw key lies. */
  regionAt(key: string, signal: AbortSignal): Promise<Region> {
    return this.#get(`/region/key/${encodeURIComponent(key)}`, Region, signal);
  }

  hotspots(kind: "read" | "write", signal: AbortSignal): Promise<Hotspots> {
    return this.#get(`/hotspot/regions/${kind}`, Hotspots, signal);
  }

  operators(signal: AbortSignal): Promise<Operators> {
    return this.#get("/operators?object", Operators, signal);
  }

  schedulers(signal: AbortSignal): Promise<readonly string[]> {
    return this.#get("/schedulers", Schedulers, signal);
  }

  /** Ids of the stores that are kept from leading regions. */
  async evictedStores(schedulers: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    if (!schedulers.includes(EVICT_LEADER)) return [];
    return await this.#get(`/scheduler-config/${EVICT_LEADER}/list`, EvictedStores, signal);
  }

  pausedSchedulers(signal: AbortSignal): Promise<readonly string[]> {
    return this.#get("/schedulers?status=paused", Schedulers, signal);
  }

  scheduleConfig(signal: AbortSignal): Promise<ScheduleConfig> {
    return this.#get("/config/schedule", ScheduleConfig, signal);
  }

  replicateConfig(signal: AbortSignal): Promise<ReplicateConfig> {
    return this.#get("/config/replicate", ReplicateConfig, signal);
  }

  /** A reply as it is. */
  raw(path: string, signal: AbortSignal): Promise<unknown> {
    return this.#get(path, Anything, signal);
  }

  /** The status of a region's newest operator, as PD prints it; `undefined` where it has none. */
  async operatorOf(regionId: string, signal: AbortSignal): Promise<string | undefined> {
    const path = `/operators/${encodeURIComponent(regionId)}`;
    const text = await this.#first(
      path,
      (address) => (within) =>
        requestText(urlOf(address, path), {
          signal: within,
          timeoutMs: this.timeoutMs,
          statuses: [500],
        }),
      signal,
    );
    return text.status === 200 ? text.text : undefined;
  }

  /**
   * Sends a change once, to the first member.
   * @throws {ActionError} If PD refuses or does not answer.
   */
  async change({ method, path, body }: PdChange, signal: AbortSignal): Promise<string> {
    const leader = await this.#leader(signal);
    const request: HttpRequest = { method, signal, timeoutMs: this.timeoutMs };
    try {
      const reply = await requestText(urlOf(leader, path), { ...request, ...(body !== undefined && { body }) });
      return reply.text;
    } catch (cause) {
      throw new ActionError(`Cannot send ${method} ${path} to PD: ${messageOf(cause)}`, { cause });
    }
  }

  /** An address at which a change reaches the leader: its own where that is known here, else any that answers. */
  async #leader(signal: AbortSignal): Promise<string> {
    const { address, members } = await this.#first(
      "/members",
      (address) => async (within) => {
        const members = await requestJson(urlOf(address, "/members"), Members, {
          signal: within,
          timeoutMs: this.timeoutMs,
        });
        return { address, members };
      },
      signal,
    );
    const leader = members.members.find(({ name }) => name === members.leader);
    return this.addresses.find((own) => leader?.clientUrls.some((url) => sameAddress(url, own))) ?? address;
  }

  #get<Schema extends v.GenericSchema>(
    path: string,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<v.InferOutput<Schema>> {
    const { timeoutMs } = this;
    return this.#first(
      path,
      (address) => (within) =>
        requestJson(urlOf(address, path), schema, { signal: within, timeoutMs, maxBytes: MAX_BYTES }),
      signal,
    );
  }

  #list<Schema extends v.GenericSchema>(
    path: string,
    shape: ListShape<Schema>,
    { signal, maxBytes }: { readonly signal: AbortSignal; readonly maxBytes: number },
  ): Promise<HttpList<v.InferOutput<Schema>>> {
    const { timeoutMs } = this;
    return this.#first(
      path,
      (address) => (within) => requestList(urlOf(address, path), shape, { signal: within, timeoutMs, maxBytes }),
      signal,
    );
  }

  /** All members together have the time of one call: where the leader hangs, each of the others waits for it, one after the other. */
  async #first<T>(
    path: string,
    askOf: (address: string) => (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(this.timeoutMs)]);
    try {
      return await firstAnswer(this.addresses.map(askOf), { lateAfterMs: LATE_AFTER_MS, signal: within });
    } catch (error) {
      throw error instanceof AggregateError ? failureOf(error.errors, { addresses: this.addresses, path }) : error;
    }
  }
}

function rankOf(address: string, leader: string | undefined): number {
  return leader !== undefined && sameAddress(address, leader) ? 0 : 1;
}

function urlOf(address: string, path: string): string {
  const base = /^https?:\/\//.test(address) ? address : `http://${address}`;
  return `${base}/pd/api/v1${path}`;
}
