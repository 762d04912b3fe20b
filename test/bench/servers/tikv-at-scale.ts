/**
 * A PD, its stores' status ports and a Prometheus of 1,000 stores and 1,000,000 regions, made of the recorded cluster: each
 * store is one of the recorded three with an id and addresses of its own. Counts what it is asked and what it sends.
 */

import { parseArgs } from "node:util";
import { recordedAnswers } from "../../subjects/tikv/recorded-answers.ts";
import { asList } from "../scale/list-stream.ts";
import { prometheusReply } from "../scale/prometheus-reply.ts";

const { values } = parseArgs({
  options: { stores: { type: "string", default: "1000" }, regions: { type: "string", default: "1000000" } },
});
const storeCount = Number(values.stores);
const regionCount = Number(values.regions);
const recorded = recordedAnswers("healthy");
const region = recordedAnswers("down-pending-miss-peer").get("/pd/api/v1/regions/check/down-peer")?.body ?? "";
const broken = JSON.stringify(JSON.parse(region).regions[0]);
const ids = Array.from({ length: storeCount }, (_, index) => index + 1);

/** Requests and bytes by path, and regions of the lists that were asked for: PD makes all of a list, read or not. */
const counts = new Map<string, { requests: number; bytes: number; listed: number }>();
/** When every region has lost a replica, by `performance.now()`. */
let stormAtMs = Number.POSITIVE_INFINITY;

/** Milliseconds after which PD's metrics say so: it counts anew and is scraped. */
const SCRAPED_AFTER_MS = 15_000;

const pd = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answerAsPd });
// The whole of 127.0.0.0/8 is this machine: each store has an address of its own and all share one port.
const status = Bun.serve({ port: 0, hostname: "0.0.0.0", fetch: answerAsStore });
const prometheus = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request) =>
    prometheusReply(request, {
      stores: ids.map(statusAddress),
      pds: [`127.0.0.1:${pd.port}`],
      brokenRegions: performance.now() > stormAtMs + SCRAPED_AFTER_MS ? regionCount : 0,
    }),
});
const generated = generatedReplies();
console.log(JSON.stringify({ pd: pd.port, prometheus: prometheus.port }));

function answerAsPd(request: Request): Response {
  const { pathname, search } = new URL(request.url);
  const path = `${pathname}${search}`;
  if (path === "/bench/storm") stormAtMs = performance.now();
  if (path === "/bench/reset") counts.clear();
  if (path === "/bench/counts") return Response.json({ paths: Object.fromEntries(counts), cpuMs: cpuMs() });
  if (path.startsWith("/bench/")) return new Response();
  const counted = path.replace(/\/store\/\d+$/, "/store/{id}");
  const count = counts.get(counted) ?? { requests: 0, bytes: 0, listed: 0 };
  counts.set(counted, count);
  count.requests++;
  if (performance.now() > stormAtMs && pathname.startsWith("/pd/api/v1/regions/check/")) {
    count.listed += regionCount;
    const stream = asList(
      { field: "regions", item: broken, count: regionCount },
      (bytes) => void (count.bytes += bytes),
    );
    return new Response(stream, { headers: { "content-type": "application/octet-stream" } });
  }
  const body = generated.get(path)?.() ?? recorded.get(path)?.body;
  if (body === undefined) return new Response("404 page not found\n", { status: 404 });
  count.bytes += Buffer.byteLength(body);
  return new Response(body, { headers: { "content-type": "application/json; charset=UTF-8" } });
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function answerAsStore(request: Request): Response {
  const { pathname, host } = new URL(request.url);
  if (pathname === "/status") return new Response(null);
  const own = dataAddress(host.split(":")[0] ?? "");
  return Response.json({ server: { addr: own, "advertise-addr": own } });
}

function ipOf(id: number): string {
  return `127.8.${Math.floor(id / 250)}.${(id % 250) + 1}`;
}

function statusAddress(id: number): string {
  return `${ipOf(id)}:${status.port}`;
}

function dataAddress(ip: string): string {
  return `${ip}:20160`;
}

/** What grows with the number of stores and regions; the rest is as recorded. */
function generatedReplies(): ReadonlyMap<string, () => string> {
  const bodyOf = (path: string) => JSON.parse(recorded.get(path)?.body ?? "null");
  const here = (path: string): string =>
    (recorded.get(path)?.body ?? "").replaceAll("http://127.0.0.1:2379", `http://127.0.0.1:${pd.port}`);
  const { stores } = bodyOf("/pd/api/v1/stores");
  const schedule = bodyOf("/pd/api/v1/config/schedule");
  schedule["store-limit"] = Object.fromEntries(ids.map((id) => [id, { "add-peer": 15, "remove-peer": 15 }]));
  const hot = (kind: string): string => {
    const { as_peer: peer, as_leader: leader } = bodyOf(`/pd/api/v1/hotspot/regions/${kind}`);
    const all = (one: object) => Object.fromEntries(ids.map((id) => [id, Object.values(one)[id % 3]]));
    return JSON.stringify({ as_peer: all(peer), as_leader: all(leader) }, null, 2);
  };
  const write = hot("write");
  const read = hot("read");
  const scheduling = JSON.stringify(schedule, null, 2);
  return new Map([
    ["/pd/api/v1/members", () => here("/pd/api/v1/members")],
    ["/pd/api/v1/health", () => here("/pd/api/v1/health")],
    ["/pd/api/v1/stores", () => storesReply(stores)],
    ["/pd/api/v1/regions/count", () => JSON.stringify({ count: regionCount, regions: null })],
    ["/pd/api/v1/config/schedule", () => scheduling],
    ["/pd/api/v1/hotspot/regions/write", () => write],
    ["/pd/api/v1/hotspot/regions/read", () => read],
  ]);
}

/** As PD prints it, in an order that changes from call to call. */
function storesReply(stores: readonly { readonly store: object; readonly status: object }[]): string {
  const heartbeat = `${Date.now() - 3000}549247567`;
  const from = Math.floor(Math.random() * storeCount);
  const all = [...ids.slice(from), ...ids.slice(0, from)].map((id) => {
    const { store, status: figures } = stores[id % stores.length] ?? { store: {}, status: {} };
    const ip = ipOf(id);
    const address = dataAddress(ip);
    const own = { id, address, peer_address: address, status_address: statusAddress(id), last_heartbeat: 0 };
    const regions = Math.round((regionCount * 3) / storeCount);
    const load = { leader_count: Math.round(regions / 3), region_count: regions };
    return { store: { ...store, ...own }, status: { ...figures, ...load } };
  });
  return JSON.stringify({ count: all.length, stores: all }, null, 2).replaceAll(
    '"last_heartbeat": 0',
    `"last_heartbeat": ${heartbeat}`,
  );
}
