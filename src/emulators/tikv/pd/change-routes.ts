/** The routes of PD that change something, with the bodies that it takes and the words in which it refuses (recorded from v8.5.7). */

import { messageOf } from "../../../core/text/errors.ts";
import type { Cluster } from "./cluster.ts";
import { checkTemporary, readChanges } from "./config.ts";
import { operatorRoute } from "./operator-route.ts";
import { badInput, json, type Reply } from "./reply.ts";
import { isReply, objectOf, post, type Route, type RouteRequest, remove } from "./route.ts";
import { DEFAULT_SCHEDULERS } from "./schedulers.ts";

const EVICT_LEADER = "evict-leader-scheduler";

/** What changes a cluster. */
export const changeRoutes: readonly Route[] = [
  post(/^\/operators$/, operatorRoute),
  remove(/^\/operators\/(?<id>[^/]+)$/, cancelOperator),
  post(/^\/schedulers$/, addScheduler),
  post(/^\/schedulers\/(?<name>[^/]+)$/, pauseScheduler),
  remove(/^\/schedulers\/(?<name>[^/]+)$/, removeScheduler),
  post(/^\/checker\/(?<name>[^/]+)$/, pauseChecker),
  post(/^\/config(?:\/schedule|\/replicate)?$/, configure),
  post(/^\/store\/(?<id>[^/]+)\/weight$/, weigh),
  post(/^\/store\/(?<id>[^/]+)\/limit$/, limitStore),
  post(/^\/stores\/limit$/, limitStores),
  post(/^\/store\/(?<id>[^/]+)\/label$/, label),
  post(/^\/store\/(?<id>[^/]+)\/state$/, setState),
  remove(/^\/store\/(?<id>[^/]+)$/, takeOffline),
  remove(/^\/stores\/remove-tombstone$/, ({ cluster }) => {
    cluster.stores.forgetTombstones();
    return json("Remove tombstone successfully.");
  }),
];

function cancelOperator({ cluster, params, nowMs }: RouteRequest): Reply {
  const id = params["id"] ?? "";
  if (!/^\d+$/.test(id)) return json(`strconv.ParseUint: parsing ${JSON.stringify(id)}: invalid syntax`, 400);
  if (cluster.operators.cancel(Number(id), nowMs)) return json("The pending operator is canceled.");
  return json("[PD:operator:ErrOperatorNotFound]operator not found", 500);
}

function addScheduler({ cluster, body }: RouteRequest): Reply {
  const input = objectOf(body);
  if (isReply(input)) return input;
  const { name, store_id: storeId } = input;
  if (name === EVICT_LEADER) {
    if (typeof storeId !== "number") return json("missing store id", 400);
    if (!cluster.stores.get(storeId)) return json(`"[PD:core:ErrStoreNotFound]store ${storeId} not found"\n`, 500);
    const isFirst = !cluster.schedulers().includes(EVICT_LEADER);
    cluster.setEvicted(storeId, true);
    return json(isFirst ? "The scheduler is created." : "The scheduler has been applied to the store.");
  }
  const known = DEFAULT_SCHEDULERS.find((scheduler) => scheduler === name);
  if (known === undefined) return json("unknown scheduler", 400);
  if (cluster.schedulers().includes(known)) return json("[PD:scheduler:ErrSchedulerExisted]scheduler existed", 500);
  cluster.setScheduler(known, true);
  return json("The scheduler is created.");
}

function removeScheduler({ cluster, params }: RouteRequest): Reply {
  const name = params["name"] ?? "";
  if (/^evict-leader-scheduler-\D/.test(name)) return json("strconv.ParseUint: invalid syntax", 400);
  const storeId = /^evict-leader-scheduler-(?<id>\d+)$/.exec(name)?.groups?.["id"];
  if (storeId !== undefined) {
    const isThere = cluster.evicted().includes(Number(storeId));
    if (isThere) cluster.setEvicted(Number(storeId), false);
    return json(null, isThere ? 200 : 404);
  }
  if (!cluster.schedulers().includes(name)) return json("[PD:scheduler:ErrSchedulerNotFound]scheduler not found", 404);
  if (name === EVICT_LEADER) for (const id of cluster.evicted()) cluster.setEvicted(id, false);
  else cluster.setScheduler(name, false);
  return json("The scheduler is removed.");
}

function pauseScheduler({ cluster, params, body, nowMs }: RouteRequest): Reply {
  const input = objectOf(body);
  if (isReply(input)) return input;
  const name = params["name"] ?? "";
  if (!cluster.schedulers().includes(name)) return json("[PD:scheduler:ErrSchedulerNotFound]scheduler not found", 500);
  cluster.pause(name, nowMs + Number(input["delay"] ?? 0) * 1000);
  return json("Pause or resume the scheduler successfully.");
}

function pauseChecker({ cluster, params, body, nowMs }: RouteRequest): Reply {
  const input = objectOf(body);
  if (isReply(input)) return input;
  const delay = Number(input["delay"] ?? 0);
  cluster.pause(params["name"] ?? "", nowMs + delay * 1000);
  return json(delay > 0 ? "Pause the checker successfully." : "Resume the checker successfully.");
}

function configure({ cluster, body, query }: RouteRequest): Reply {
  const ttl = query.get("ttlSecond");
  try {
    const wanted: unknown = JSON.parse(body);
    if (ttl !== null) {
      checkTemporary(ttl, wanted);
      return json("The ttl config is updated.");
    }
    const changes = readChanges(wanted);
    cluster.configure(changes);
    return json("The config is updated.");
  } catch (error) {
    const words =
      error instanceof SyntaxError ? "invalid character 'o' in literal null (expecting 'u')" : messageOf(error);
    return json(words, 400);
  }
}

interface Numbered {
  readonly cluster: Cluster;
  readonly params: Readonly<Record<string, string>>;
}

/** The store that a path names, or why there is none; changing routes answer 500 where reading ones answer 404. */
function storeOf({ cluster, params }: Numbered, missing: number) {
  const id = params["id"] ?? "";
  if (!/^\d+$/.test(id)) return badInput(`strconv.ParseUint: parsing ${JSON.stringify(id)}: invalid syntax`);
  const store = cluster.stores.get(Number(id));
  return store?.record ?? json(`[PD:core:ErrStoreNotFound]store ${id} not found`, missing);
}

function weigh(request: RouteRequest): Reply {
  const record = storeOf(request, 500);
  const input = objectOf(request.body);
  if ("body" in record) return record;
  if (isReply(input)) return input;
  const { leader, region } = input;
  if (leader === undefined) return json("leader weight unset", 400);
  if (region === undefined) return json("region weight unset", 400);
  if (typeof leader !== "number" || leader < 0) return json("bad format leader weight", 400);
  if (typeof region !== "number" || region < 0) return json("bad format region weight", 400);
  request.cluster.stores.change(record.id, { ...record, leaderWeight: leader, regionWeight: region });
  return json("The store's weight is updated.");
}

/** Which limits a body sets, or why none. */
function limitsOf(body: string): { readonly add: number | undefined; readonly remove: number | undefined } | Reply {
  const input = objectOf(body);
  if (isReply(input)) return input;
  const { rate, type } = input;
  if (rate === undefined) return json("rate unset", 400);
  if (typeof rate !== "number" || rate <= 0) return json("invalid rate which should be larger than 0", 400);
  if (type !== undefined && type !== "add-peer" && type !== "remove-peer") return json("unknown type", 400);
  return { add: type === "remove-peer" ? undefined : rate, remove: type === "add-peer" ? undefined : rate };
}

function limitStore(request: RouteRequest): Reply {
  const record = storeOf(request, 500);
  const limits = limitsOf(request.body);
  if ("body" in record) return record;
  if ("status" in limits) return limits;
  const { add = record.addLimit, remove: removeLimit = record.removeLimit } = limits;
  request.cluster.stores.change(record.id, { ...record, addLimit: add, removeLimit });
  return json("The store's limit is updated.");
}

function limitStores({ cluster, body }: RouteRequest): Reply {
  const limits = limitsOf(body);
  if ("status" in limits) return limits;
  for (const { record } of cluster.stores.all()) {
    const { add = record.addLimit, remove: removeLimit = record.removeLimit } = limits;
    cluster.stores.change(record.id, { ...record, addLimit: add, removeLimit });
  }
  return json("Set store limit successfully.");
}

function label(request: RouteRequest): Reply {
  const record = storeOf(request, 500);
  const input = objectOf(request.body);
  if ("body" in record) return record;
  if (isReply(input)) return input;
  const labels = Object.fromEntries(Object.entries(input).map(([key, value]) => [key, String(value)]));
  request.cluster.stores.change(record.id, { ...record, labels: { ...record.labels, ...labels } });
  return json("The store's label is updated.");
}

function setState(request: RouteRequest): Reply {
  const record = storeOf(request, 404);
  if ("body" in record) return record;
  const state = request.query.get("state") ?? "";
  const wanted = state.toLowerCase();
  if (wanted !== "up" && wanted !== "offline") return json(`invalid state ${state}`, 400);
  request.cluster.stores.change(record.id, { ...record, state: wanted });
  return json("The store's state is updated.");
}

function takeOffline(request: RouteRequest): Reply {
  const { cluster, query } = request;
  const record = storeOf(request, 404);
  if ("body" in record) return record;
  if (record.state === "tombstone") return json("[PD:core:ErrStoreRemoved]The store has been removed", 410);
  const isForced = query.has("force");
  const left = cluster.stores
    .all()
    .filter((store) => store.record.state === "up" && store.record.id !== record.id).length;
  if (!isForced && left < cluster.maxReplicas()) {
    const why = `can not remove store ${record.id} since the number of up stores would be ${left} while need ${cluster.maxReplicas()}`;
    return json(`[PD:core:ErrStoresNotEnough]${why}`, 400);
  }
  cluster.stores.change(record.id, { ...record, state: "offline", isDestroyed: isForced });
  cluster.log("WARN", "store has been offline", {
    "store-id": record.id,
    "store-address": record.address,
    "physically-destroyed": `${isForced}`,
  });
  return json("The store is set as Offline.");
}
