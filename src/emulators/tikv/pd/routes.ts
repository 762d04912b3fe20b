/** The routes of PD that a cluster answers, by method and path below `/pd/api/v1` (`server/api/router.go`). */

import { Uint64 } from "../go-json.ts";
import { changeRoutes } from "./change-routes.ts";
import type { Cluster } from "./cluster.ts";
import { operatorObject, operatorText } from "./operators.ts";
import type { KnownRegion } from "./regions.ts";
import { hotspotReply, NO_REGION, regionReply, regionsReply, storeReply } from "./replies.ts";
import { json, NOT_FOUND, octets, type Reply } from "./reply.ts";
import { bootstrapped, get, type Route, type RouteRequest } from "./route.ts";
import { stateName } from "./stores.ts";

/** All routes that the leader answers. */
export const ROUTES: readonly Route[] = [
  get(/^\/cluster$/, ({ clusterId, cluster }) => json({ id: clusterId, max_peer_count: cluster.maxReplicas() })),
  get(/^\/cluster\/status$/, ({ cluster }) =>
    json({
      raft_bootstrap_time: cluster.bootstrappedAt ?? "0001-01-01T00:00:00Z",
      is_initialized: cluster.isBootstrapped,
      replication_status: "",
    }),
  ),
  get(/^\/stores$/, bootstrapped(listStores)),
  get(/^\/stores\/check$/, bootstrapped(checkStores)),
  get(
    /^\/stores\/limit$/,
    bootstrapped(({ cluster }) => json(cluster.schedule()["store-limit"])),
  ),
  get(/^\/store\/(?<id>[^/]+)$/, bootstrapped(oneStore)),
  get(
    /^\/regions\/count$/,
    bootstrapped(({ cluster }) => json({ count: cluster.regions.size, regions: null })),
  ),
  get(
    /^\/regions$/,
    bootstrapped(({ cluster }) => octets(regionsReply(cluster.regions.all()))),
  ),
  get(/^\/regions\/key$/, bootstrapped(scanRegions)),
  get(/^\/regions\/check\/(?<check>[\w-]+)$/, bootstrapped(checkRegions)),
  get(
    /^\/regions\/store\/(?<id>\d+)$/,
    bootstrapped(({ cluster, params }) => octets(regionsReply(onStore(cluster, Number(params["id"]))))),
  ),
  get(
    /^\/regions\/(?<by>writeflow|readflow|writequery|readquery|size|keys|confver|version)$/,
    bootstrapped(topRegions),
  ),
  get(/^\/region\/id\/(?<id>[^/]+)$/, bootstrapped(oneRegion)),
  get(/^\/region\/key\/(?<key>[^/]+)$/, bootstrapped(regionAt)),
  get(
    /^\/hotspot\/regions\/(?<kind>write|read)$/,
    bootstrapped(({ cluster, params }) => json(hotspotReply(cluster, params["kind"] === "read" ? "read" : "write"))),
  ),
  get(/^\/hotspot\/stores$/, bootstrapped(hotStores)),
  get(/^\/operators$/, bootstrapped(listOperators)),
  get(/^\/operators\/records$/, bootstrapped(operatorRecords)),
  get(/^\/operators\/(?<id>[^/]+)$/, bootstrapped(oneOperator)),
  get(/^\/schedulers$/, bootstrapped(listSchedulers)),
  get(/^\/scheduler-config\/evict-leader-scheduler\/list$/, ({ cluster }) => evictedList(cluster)),
  get(/^\/config\/schedule$/, ({ cluster }) => json(cluster.schedule())),
  get(/^\/config\/replicate$/, ({ cluster }) => json(cluster.replication())),
  get(/^\/config$/, ({ cluster }) => json({ schedule: cluster.schedule(), replication: cluster.replication() })),
  get(/^\/config\/cluster-version$/, () => json("8.5.7")),
  get(
    /^\/min-resolved-ts$/,
    bootstrapped(({ nowMs }) => json(resolved(nowMs))),
  ),
  get(
    /^\/replication_mode\/status$/,
    bootstrapped(() =>
      json({ mode: "majority", "dr-auto-sync": { label_key: "", state: "", acid_consistent: false } }),
    ),
  ),
  ...changeRoutes,
];

function listStores({ cluster, query, nowMs }: RouteRequest): Reply {
  const wanted = query.getAll("state");
  const states =
    wanted.length === 0
      ? ["up", "offline"]
      : wanted.map((state) => ["up", "offline", "tombstone"][Number(state)] ?? "up");
  const stores = cluster.stores.all().filter(({ record }) => states.includes(record.state));
  return json({ count: stores.length, stores: stores.map((store) => storeReply(cluster, store, nowMs)) });
}

function checkStores({ cluster, query, nowMs }: RouteRequest): Reply {
  const wanted = query.get("state")?.toLowerCase();
  const stores = cluster.stores
    .all()
    .filter((store) => stateName(store, nowMs, cluster.downAfterMs()).toLowerCase() === wanted);
  return json({ count: stores.length, stores: stores.map((store) => storeReply(cluster, store, nowMs)) });
}

function oneStore({ cluster, params, nowMs }: RouteRequest): Reply {
  const id = params["id"] ?? "";
  if (!/^\d+$/.test(id)) {
    return json(
      { code: "input", msg: `strconv.ParseUint: parsing ${JSON.stringify(id)}: invalid syntax`, data: {} },
      400,
    );
  }
  const store = cluster.stores.get(Number(id));
  if (!store) return json(`[PD:core:ErrStoreNotFound]store ${id} not found`, 404);
  return json(storeReply(cluster, store, nowMs));
}

function onStore(cluster: Cluster, id: number): readonly KnownRegion[] {
  return cluster.regions.all().filter(({ meta }) => meta.peers.some(({ storeId }) => storeId === id));
}

const MOST_SCANNED = 10_240;

function scanRegions({ cluster, query }: RouteRequest): Reply {
  const limit = Math.min(MOST_SCANNED, Number(query.get("limit") ?? 16));
  const raw = query.get("key") ?? "";
  const key = query.get("format") === "hex" ? raw.toUpperCase() : Buffer.from(raw).toString("hex").toUpperCase();
  const from = cluster.regions.all().filter(({ meta }) => meta.endKey === "" || meta.endKey > key);
  return octets(regionsReply(from.slice(0, limit)));
}

function checkRegions({ cluster, params }: RouteRequest): Reply {
  const wanted = cluster.maxReplicas();
  const offline = new Set(
    cluster.stores.all().flatMap(({ record }) => (record.state === "offline" ? [record.id] : [])),
  );
  const checks: Readonly<Record<string, (region: KnownRegion) => boolean>> = {
    "miss-peer": ({ meta }) => meta.peers.length < wanted,
    "extra-peer": ({ meta }) => meta.peers.length > wanted,
    "down-peer": ({ report }) => (report?.down.length ?? 0) > 0,
    "pending-peer": ({ report }) => (report?.pending.length ?? 0) > 0,
    "learner-peer": ({ meta }) => meta.peers.some(({ isLearner }) => isLearner),
    "offline-peer": ({ meta, report }) =>
      report !== undefined && meta.peers.some(({ storeId }) => offline.has(storeId)),
    "empty-region": ({ report }) => report === undefined || report.sizeMiB < 1,
    "oversized-region": ({ report }) => (report?.sizeMiB ?? 0) > 1440,
    "undersized-region": ({ report }) => report === undefined || report.sizeMiB < 1,
  };
  const check = checks[params["check"] ?? ""];
  if (params["check"] === "hist-size" || params["check"] === "hist-keys")
    return json(histogram(cluster, params["check"]));
  if (!check) return NOT_FOUND;
  return octets(regionsReply(cluster.regions.all().filter(check)));
}

function histogram(cluster: Cluster, by: "hist-size" | "hist-keys") {
  const values = cluster.regions
    .all()
    .map(({ report }) => Math.round((by === "hist-size" ? report?.sizeMiB : (report?.keys ?? 0) / 1000) ?? 0));
  return [...Map.groupBy(values, (value) => value)]
    .toSorted(([a], [b]) => a - b)
    .map(([start, all]) => ({ start, end: start, count: all.length }));
}

function topRegions({ cluster, params, query }: RouteRequest): Reply {
  const by: Readonly<Record<string, (region: KnownRegion) => number>> = {
    writeflow: ({ report }) => report?.writtenBytes ?? 0,
    readflow: ({ report }) => report?.readBytes ?? 0,
    writequery: ({ report }) => report?.writeQueries ?? 0,
    readquery: ({ report }) => report?.readQueries ?? 0,
    size: ({ report }) => report?.sizeMiB ?? 0,
    keys: ({ report }) => report?.keys ?? 0,
    confver: ({ meta }) => meta.confVer,
    version: ({ meta }) => meta.version,
  };
  const rank = by[params["by"] ?? ""] ?? (() => 0);
  const limit = Math.min(MOST_SCANNED, Number(query.get("limit") ?? 16));
  const sorted = cluster.regions.all().toSorted((a, b) => rank(b) - rank(a));
  return octets(regionsReply(sorted.slice(0, limit)));
}

function oneRegion({ cluster, params }: RouteRequest): Reply {
  const id = params["id"] ?? "";
  if (!/^\d+$/.test(id)) return json(`strconv.ParseUint: parsing ${JSON.stringify(id)}: invalid syntax`, 400);
  const region = cluster.regions.get(Number(id));
  return octets(region ? regionReply(region) : NO_REGION);
}

function regionAt({ cluster, params, query }: RouteRequest): Reply {
  const raw = decodeURIComponent(params["key"] ?? "");
  const key = query.get("format") === "hex" ? raw.toUpperCase() : Buffer.from(raw).toString("hex").toUpperCase();
  const region = cluster.regions.at(key);
  return octets(region ? regionReply(region) : NO_REGION);
}

function hotStores({ cluster }: RouteRequest): Reply {
  const stores = cluster.stores
    .all()
    .filter(({ record, report }) => record.state !== "tombstone" && report !== undefined);
  const rates = {
    "bytes-write-rate": "writeBytesPerSecond",
    "bytes-read-rate": "readBytesPerSecond",
    "keys-write-rate": "writeKeysPerSecond",
    "keys-read-rate": "readKeysPerSecond",
    "query-write-rate": "writeQueriesPerSecond",
    "query-read-rate": "readQueriesPerSecond",
    "cpu-read-rate": "cpuPercent",
  } as const;
  const of = (field: (typeof rates)[keyof typeof rates]) =>
    Object.fromEntries(stores.map(({ record, report }) => [`${record.id}`, Math.round(report?.[field] ?? 0)]));
  return json(Object.fromEntries(Object.entries(rates).map(([name, field]) => [name, of(field)])));
}

function listOperators({ cluster, query, startedAtMs }: RouteRequest): Reply {
  const running = cluster.operators.running();
  const kind = query.get("kind");
  if (query.has("object")) return json(running.map(operatorObject));
  const chosen = kind === null ? running : running.filter(({ kinds }) => kinds.some((one) => one === kind));
  if (kind !== null && chosen.length === 0) return json(null);
  return json(chosen.map((operator) => operatorText(operator, startedAtMs)));
}

function operatorRecords({ cluster, query, startedAtMs }: RouteRequest): Reply {
  const ended = cluster.operators.ended(Number(query.get("from") ?? 0) * 1000);
  if (ended.length === 0) return json("[PD:operator:ErrOperatorNotFound]operator not found", 500);
  return json(
    ended.map(
      (operator) =>
        `${operatorText(operator, startedAtMs)} (finishAt:${new Date(operator.endedMs ?? 0).toISOString()})`,
    ),
  );
}

function oneOperator({ cluster, params, startedAtMs }: RouteRequest): Reply {
  const id = params["id"] ?? "";
  if (!/^\d+$/.test(id)) return json(`strconv.ParseUint: parsing ${JSON.stringify(id)}: invalid syntax`, 400);
  const operator = cluster.operators.of(Number(id));
  if (!operator) return json("[PD:operator:ErrOperatorNotFound]operator not found", 500);
  return json(`status: ${operator.status}, operator: ${operatorText(operator, startedAtMs)}`);
}

function listSchedulers({ cluster, query, nowMs }: RouteRequest): Reply {
  const all = cluster.schedulers();
  if (query.get("status") === "paused") return json(all.filter((name) => cluster.isPaused(name, nowMs)));
  if (query.get("status") === "disabled") return json([]);
  return json(all);
}

function evictedList(cluster: Cluster): Reply {
  const ids = cluster.evicted().filter((id) => id !== cluster.slowStore?.id);
  if (ids.length === 0) return NOT_FOUND;
  return json({
    "store-id-ranges": Object.fromEntries(ids.map((id) => [`${id}`, [{ "end-key": "", "start-key": "" }]])),
    batch: 3,
  });
}

/** A timestamp of PD's: milliseconds and a logical part of 18 bits. */
function resolved(nowMs: number) {
  const timestamp = new Uint64(BigInt(Math.round(nowMs - 1000)) << 18n);
  return { is_real_time: true, min_resolved_ts: timestamp, persist_interval: "1s", stores_min_resolved_ts: null };
}
