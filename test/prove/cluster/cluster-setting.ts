/** A Redis Cluster of three primaries with a replica each. */

import { slotOf } from "../../../src/io/cluster-slot.ts";
import { startRedisCluster } from "../../redis-cluster.ts";
import { type RedisServer } from "../../redis-server.ts";
import { until } from "../../until.ts";
import type { Setting } from "./setting.ts";

/** A shard of a cluster as it is now. */
export interface Shard {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
}

/** A cluster under proof. */
export interface ClusterSetting extends Setting {
  readonly name: "cluster";
  /** The servers of a shard by their roles of the moment. */
  shard(index: number): Promise<Shard>;
  /** Resolves when the replica of a shard has all that its primary has. */
  inSync(index: number): Promise<void>;
  /** Resolves when that server is a primary for all others that answer, and the cluster serves every slot. */
  promoted(server: RedisServer, withinMs?: number): Promise<void>;
}

const SHARDS = 3;
const LINK_UP = "master_link_status:up";

/** Starts it. */
export async function startClusterSetting(): Promise<ClusterSetting> {
  // A shard without a primary must not stop the others.
  const cluster = await startRedisCluster({ replicas: 1, args: ["--cluster-require-full-coverage", "no"] });
  const { servers } = cluster;
  const settled = (): Promise<void> => until(() => isSettled(servers), 180_000);
  await settled();
  // As `redis-cli --cluster create` deals the slots out.
  const shardOf = (name: string): number => Math.min(SHARDS - 1, Math.floor(slotOf(name) / (16_384 / SHARDS)));
  const pairs = await pairsOf(servers);
  async function shard(index: number): Promise<Shard> {
    const [one, other] = pairs[index] ?? [];
    if (!one || !other) throw new Error(`Cannot find shard ${index}`);
    return (await isPrimary(one)) ? { primary: one, replica: other } : { primary: other, replica: one };
  }
  return {
    name: "cluster",
    lostWithinMs: 1000,
    url: cluster.url,
    servers,
    shards: SHARDS,
    shardOf,
    settled,
    shard,
    inSync: (index) =>
      until(async () => (await answerOf((await shard(index)).replica, ["info", "replication"])).includes(LINK_UP)),
    async promoted(server, withinMs = 60_000) {
      const id = await server.cli("cluster", "myid");
      await until(async () => {
        const views = await Promise.all(servers.map(viewOf));
        const answering = views.filter((view) => view.nodes.length > 0);
        return answering.every(({ nodes, isOk }) => isOk && nodes.some((node) => node.id === id && node.isPrimary));
      }, withinMs);
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

interface ClusterNode {
  readonly id: string;
  readonly port: number;
  readonly isPrimary: boolean;
  readonly isFailing: boolean;
  readonly primaryId: string;
  readonly slots: readonly string[];
}

/** How one server sees the cluster; without nodes if it does not answer. */
async function viewOf(
  server: RedisServer,
): Promise<{ readonly isOk: boolean; readonly nodes: readonly ClusterNode[] }> {
  const text = await answerOf(server, ["cluster", "nodes"]);
  const nodes = text.split("\n").flatMap((line) => {
    const [id = "", address = "", flags = "", primaryId = "", , , , , ...slots] = line.trim().split(" ");
    if (slots === undefined || !address.includes(":")) return [];
    const port = Number(/:(\d+)/.exec(address)?.[1]);
    const isFailing = /fail|handshake|noaddr/.test(flags);
    return [{ id, port, isPrimary: flags.includes("master"), isFailing, primaryId, slots }];
  });
  const isOk = (await answerOf(server, ["cluster", "info"])).includes("cluster_state:ok");
  return { isOk, nodes };
}

/** One that hangs answers nothing for ever. */
async function answerOf(server: RedisServer, words: readonly string[]): Promise<string> {
  return await Promise.race([server.cli(...words), Bun.sleep(300).then(() => "")]);
}

async function isSettled(servers: readonly RedisServer[]): Promise<boolean> {
  const views = await Promise.all(servers.map(viewOf));
  const isWhole = views.every(
    ({ isOk, nodes }) =>
      isOk &&
      nodes.length === servers.length &&
      nodes.every(({ isFailing }) => !isFailing) &&
      nodes.filter(({ slots }) => slots.length > 0).length === SHARDS &&
      nodes.every(({ slots }) => slots.every((range) => !range.startsWith("["))),
  );
  if (!isWhole) return false;
  const links = await Promise.all(servers.map((server) => answerOf(server, ["info", "replication"])));
  const linked = links.filter((text) => text.includes(LINK_UP)).length;
  return linked === servers.length - SHARDS && links.every((text) => !text.includes("master_link_status:down"));
}

async function isPrimary(server: RedisServer): Promise<boolean> {
  return (await answerOf(server, ["role"])).startsWith("master");
}

/** Servers that share their slots, in the order of these. */
async function pairsOf(servers: readonly RedisServer[]): Promise<readonly (readonly RedisServer[])[]> {
  const [first] = servers;
  const { nodes } = first ? await viewOf(first) : { nodes: [] };
  const startOf = ({ slots: [range = ""] }: ClusterNode): number => Number(range.split("-")[0]);
  const primaries = nodes.filter(({ slots }) => slots.length > 0).toSorted((a, b) => startOf(a) - startOf(b));
  return primaries.map((primary) => {
    const own = nodes.filter(({ id, primaryId }) => primaryId === primary.id || id === primary.id);
    return servers.filter((server) => own.some(({ port }) => port === server.port));
  });
}
