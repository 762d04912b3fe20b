/** `POST /operators`: what a person or a program wants moved (`pkg/schedule/handler/handler.go`). */

import type { Cluster } from "./cluster.ts";
import { operatorText, type Plan } from "./operators.ts";
import { addPlan, leaderPlan, mergePlan, movePlan, removePlan, splitPlan } from "./plans.ts";
import type { KnownRegion } from "./regions.ts";
import { json, type Reply } from "./reply.ts";
import { isReply, objectOf, type RouteRequest } from "./route.ts";

/** Accepts an operator, or says why not. */
export function operatorRoute({ cluster, body, nowMs, startedAtMs }: RouteRequest): Reply {
  const input = objectOf(body);
  if (isReply(input)) return input;
  const { name } = input;
  if (typeof name !== "string") return json("missing operator name", 400);
  const field = name === "merge-region" ? "source_region_id" : "region_id";
  const regionId = input[field];
  if (typeof regionId !== "number")
    return json(name === "merge-region" ? "invalid source region id to merge from" : "missing region id", 400);
  const region = cluster.regions.get(regionId);
  if (!region) return json(`[PD:region:ErrRegionNotFound]region ${regionId} not found`, 500);
  const plan = planOf(name, { cluster, region, input });
  if ("body" in plan) return plan;
  // A region that lies well already is accepted, and nothing is made of it.
  if (plan.steps.length === 0) return json("The operator is created.");
  if (cluster.operators.add(plan, region, nowMs)) return json("The operator is created.");
  const other = cluster.operators.of(regionId);
  const shown = other ? operatorText(other, startedAtMs) : "";
  return json(`[PD:schedule:ErrAddOperator]failed to add operator, maybe already have one: ${shown}`, 500);
}

interface Wanted {
  readonly cluster: Cluster;
  readonly region: KnownRegion;
  readonly input: Readonly<Record<string, unknown>>;
}

function planOf(name: string, wanted: Wanted): Plan | Reply {
  switch (name) {
    case "transfer-leader":
      return transferLeader(wanted);
    case "add-peer":
      return add(wanted);
    case "remove-peer":
      return take(wanted);
    case "transfer-peer":
      return move(wanted);
    case "split-region":
      return split(wanted);
    case "merge-region":
      return merge(wanted);
    case "scatter-region":
      return scatter(wanted);
    default:
      return json("unknown operator", 400);
  }
}

function transferLeader({ region, input }: Wanted): Plan | Reply {
  const to = input["to_store_id"];
  if (typeof to !== "number") return json("missing store id to transfer leader to", 400);
  if (region.meta.peers.every(({ storeId, isLearner }) => storeId !== to || isLearner)) {
    return json(`region has no voter in store ${to}`, 500);
  }
  if (region.leaderStoreId === to) return json("no operator step is built", 500);
  return leaderPlan(region, to, { name: "admin-transfer-leader", kinds: ["admin", "leader"] });
}

/** A store that may take a replica, or why it may not. */
function targetOf({ cluster, region }: Wanted, id: unknown): number | Reply {
  if (typeof id !== "number") return json("invalid store id to transfer peer to", 400);
  if (!cluster.stores.get(id)) return json(`[PD:core:ErrStoreNotFound]store ${id} not found`, 500);
  if (region.meta.peers.some(({ storeId }) => storeId === id))
    return json(`region already has peer in store ${id}`, 500);
  return id;
}

function add(wanted: Wanted): Plan | Reply {
  const id = targetOf(wanted, wanted.input["store_id"]);
  if (typeof id !== "number") return id;
  return addPlan(wanted.region, wanted.cluster.newPeer(id), { name: "admin-add-peer", kinds: ["admin", "region"] });
}

function take({ region, input }: Wanted): Plan | Reply {
  const id = input["store_id"];
  if (typeof id !== "number") return json("invalid store id to transfer peer to", 400);
  if (region.meta.peers.every(({ storeId }) => storeId !== id)) return json(`region has no peer in store ${id}`, 500);
  return removePlan(region, id, { name: "admin-remove-peer", kinds: ["admin", "region"] });
}

function move(wanted: Wanted): Plan | Reply {
  const from = wanted.input["from_store_id"];
  const to = targetOf(wanted, wanted.input["to_store_id"]);
  if (typeof from !== "number") return json("invalid store id to transfer peer from", 400);
  if (wanted.region.meta.peers.every(({ storeId }) => storeId !== from))
    return json(`region has no peer in store ${from}`, 500);
  if (typeof to !== "number") return to;
  return movePlan(
    wanted.region,
    { fromStoreId: from, peer: wanted.cluster.newPeer(to) },
    {
      name: "admin-move-peer",
      kinds: ["admin", "region"],
    },
  );
}

const POLICIES: Readonly<Record<string, string>> = { approximate: "APPROXIMATE", scan: "SCAN", usekey: "USEKEY" };

function split({ cluster, region, input }: Wanted): Plan | Reply {
  const asked = String(input["policy"]);
  const policy = POLICIES[asked.toLowerCase()];
  if (policy === undefined) return json(`check policy ${asked} is not supported`, 400);
  const keys = input["keys"];
  const key: unknown = Array.isArray(keys) ? keys[0] : undefined;
  if (policy === "USEKEY" && (typeof key !== "string" || !/^(?:[\da-f]{2})+$/i.test(key))) {
    return json(`split key ${String(key)} is not in hex format`, 400);
  }
  const newPeerIds = region.meta.peers.map(() => cluster.newId());
  const made = {
    newRegionId: cluster.newId(),
    newPeerIds,
    policy,
    ...(typeof key === "string" && { key: key.toUpperCase() }),
  };
  return splitPlan(region, made, { name: "admin-split-region", kinds: ["admin", "split"] });
}

function merge({ cluster, region, input }: Wanted): Plan | Reply {
  const id = input["target_region_id"];
  if (typeof id !== "number") return json("invalid target region id to merge to", 400);
  const target = cluster.regions.get(id);
  if (!target) return json(`[PD:region:ErrRegionNotFound]region ${id} not found`, 500);
  if (target.meta.endKey !== region.meta.startKey && target.meta.startKey !== region.meta.endKey) {
    return json(`[PD:region:ErrRegionNotAdjacent]two regions are not adjacent`, 500);
  }
  return mergePlan(region, target.meta, { name: "admin-merge-region", kinds: ["admin", "merge"] });
}

/** The leader goes to the replica whose store leads the fewest regions; nothing where it is there. */
function scatter({ cluster, region }: Wanted): Plan | Reply {
  if (region.hotWrites > 0 && region.hotReads > 0) return json(`region ${region.meta.id} is a hot region`, 500);
  const counts = cluster.leaderCounts();
  const [least] = region.meta.peers.toSorted((a, b) => (counts.get(a.storeId) ?? 0) - (counts.get(b.storeId) ?? 0));
  const naming = { name: "scatter-region", kinds: ["admin", "leader"] } as const;
  if (!least || least.storeId === region.leaderStoreId)
    return { ...naming, brief: "", regionId: region.meta.id, steps: [], timeoutMs: 60_000 };
  return leaderPlan(region, least.storeId, naming);
}
