/** What a store's status port answers (TiKV v8.5.7, `src/server/status_server/mod.rs`). */

import { EMULATED_HEADER } from "../protocol.ts";
import type { Replica } from "./replica.ts";
import type { Replicas } from "./replicas.ts";
import type { Workplace } from "./workplace.ts";

/** What the replies are made from. */
export interface StatusOptions {
  readonly options: { readonly id: number; readonly address: string; readonly statusAddress: string };
  readonly replicas: Replicas;
  readonly work: Workplace;
  readonly startedAtSeconds: number;
  /** Milliseconds between the store's clock and PD's timestamps. */
  readonly resolvedGapMs: number;
}

/** Answers a path of the status port. */
export function statusReply(
  path: string,
  { options, replicas, work, startedAtSeconds, resolvedGapMs }: StatusOptions,
): Response {
  if (path === "/status") return new Response(null, { headers: EMULATED_HEADER });
  if (path === "/metrics") {
    const page = work.metrics.page(work.physics, replicas, { startedAtSeconds, resolvedGapMs });
    return new Response(page, { headers: { ...EMULATED_HEADER, "content-type": "text/plain; version=0.0.4" } });
  }
  if (path === "/config") return Response.json(configOf(options), { headers: EMULATED_HEADER });
  if (path === "/engine_type") return new Response("raft-kv", { headers: EMULATED_HEADER });
  const id = /^\/region\/(?<id>\d+)$/.exec(path)?.groups?.["id"];
  if (id === undefined) return new Response(`path not found, ${path}`, { status: 404, headers: EMULATED_HEADER });
  const replica = replicas.get(Number(id));
  if (!replica) return new Response(`region(${id}) not found`, { status: 404, headers: EMULATED_HEADER });
  return Response.json(regionMeta(replica, options.id), { headers: EMULATED_HEADER });
}

function configOf({ address, statusAddress }: StatusOptions["options"]) {
  return {
    "log-level": "info",
    server: {
      addr: address,
      "advertise-addr": address,
      "status-addr": statusAddress,
      "advertise-status-addr": statusAddress,
      "grpc-concurrency": 5,
      labels: {},
    },
    storage: { "scheduler-worker-pool-size": 4, "flow-control": { enable: true } },
    raftstore: { "store-pool-size": 2, "apply-pool-size": 2, "inspect-interval": "100ms" },
    readpool: { unified: { "max-thread-count": 4 } },
  };
}

/** As `components/raftstore/src/store/region_meta.rs` serialises it. */
function regionMeta({ meta, term, index, leads, leaderStoreId, others }: Replica, storeId: number) {
  const peerOf = (id: number | undefined): number => meta.peers.find((peer) => peer.storeId === id)?.id ?? 0;
  const voters = meta.peers.filter(({ isLearner }) => !isLearner);
  const progress = voters.map(({ id, storeId: other }) => {
    const matched = other === storeId ? index : (others.get(other)?.matched ?? 0);
    const isActive = other === storeId || performance.now() - (others.get(other)?.answeredMs ?? 0) < 10_000;
    return [
      `${id}`,
      {
        matched,
        next_idx: matched + 1,
        state: "Replicate",
        paused: false,
        pending_snapshot: 0,
        pending_request_snapshot: 0,
        recent_active: isActive,
      },
    ] as const;
  });
  return {
    group_state: "Ordered",
    raft_status: {
      id: peerOf(storeId),
      hard_state: { term, vote: peerOf(leaderStoreId), commit: index },
      soft_state: { leader_id: peerOf(leaderStoreId), raft_state: leads ? "Leader" : "Follower" },
      applied: index,
      voters: leads ? Object.fromEntries(progress) : {},
      learners: {},
      last_index: index,
      persisted_index: index,
    },
    raft_apply: {
      applied_index: index,
      commit_index: index,
      commit_term: term,
      truncated_state: { index: 5, term: 5 },
    },
    region_state: {
      id: meta.id,
      start_key: [...Buffer.from(meta.startKey, "hex")],
      end_key: [...Buffer.from(meta.endKey, "hex")],
      epoch: { conf_ver: meta.confVer, version: meta.version },
      peers: meta.peers.map(({ id, storeId: on, isLearner }) => ({
        id,
        store_id: on,
        role: isLearner ? "Learner" : "Voter",
        is_witness: false,
      })),
      merge_state: null,
      tablet_index: 0,
    },
    bucket_keys: [],
  };
}
