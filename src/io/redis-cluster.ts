/** What a client knows of a Redis Cluster, kept up over the connections that it has: ioredis opens one for each look. */

import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, Redis } from "ioredis";
import * as v from "valibot";
import { slotOf } from "./cluster-slot.ts";

/** Milliseconds between two looks. */
const LOOK_EVERY_MS = 500;
/** Looks after a change at which the slots are read again: members learn of it one after the other. */
const LOOKS_AFTER_CHANGE = 4;

/** Looks in a row without an answer after which a subscription counts as lost. */
const SILENT_LOOKS = 3;
/** States in which nothing is connected. */
const IDLE: ReadonlySet<string> = new Set(["wait", "end", "close"]);
/** States of a connection to a primary that tell nothing against it: it is in use, or was not needed yet. */
const WELL: ReadonlySet<string> = new Set(["ready", "wait"]);

const Server = v.looseTuple([v.nullable(v.string()), v.number()]);
const SlotRange = v.looseTuple([v.number(), v.number(), Server]);
/** What `CLUSTER SLOTS` says: ranges of slots, each with the server that is its primary, and its replicas. */
const SlotRanges = v.array(SlotRange);

/** Asks each primary, as long as the client lives, who serves which slot, and lets the client read that anew where it is not what it knows. */
export function followCluster(cluster: Cluster): void {
  const told = new WeakMap<Redis, string>();
  let due = 0;
  const look = async (): Promise<void> => {
    const primaries = cluster.nodes("master");
    const isNews = await Promise.all(primaries.map((node) => tellsNews(cluster, node, told)));
    due = isNews.includes(true) ? LOOKS_AFTER_CHANGE : Math.max(0, due - 1);
    const isOneGone = primaries.some(({ status }) => !WELL.has(status));
    if ((due > 0 || isOneGone) && cluster.status === "ready") cluster.refreshSlotsCache();
  };
  // Left to the first command, the connection would be opened by it, and those that follow refused until it stands.
  const connectAll = (): void => {
    if (cluster.status !== "ready") return;
    for (const node of cluster.nodes("master")) if (node.status === "wait") node.connect().catch(() => undefined);
  };
  for (const event of ["ready", "refresh"]) cluster.on(event, connectAll);
  const lookAtSubscriber = subscriberWatch(cluster);
  const timer = setInterval(() => {
    void look();
    lookAtSubscriber();
  }, LOOK_EVERY_MS).unref();
  cluster.on("end", () => clearInterval(timer));
}

/** Whether a primary says something else than when it was asked last, or than the client knows. */
async function tellsNews(cluster: Cluster, node: Redis, told: WeakMap<Redis, string>): Promise<boolean> {
  if (node.status !== "ready") return false;
  const answer = node.cluster("SLOTS").catch(() => undefined);
  const slots = v.safeParse(SlotRanges, await Promise.race([answer, delay(LOOK_EVERY_MS, undefined, { ref: false })]));
  if (!slots.success) return false;
  const text = JSON.stringify(slots.output);
  const before = told.get(node);
  told.set(node, text);
  return (before !== undefined && before !== text) || !slots.output.every((range) => isKnown(cluster, range));
}

function isKnown({ slots }: Cluster, [start, end, [host, port]]: v.InferOutput<typeof SlotRange>): boolean {
  const place = `${host}:${port}`;
  for (let slot = start; slot <= end; slot++) if (slots[slot]?.[0] !== place) return !host; // some do not tell their host
  return true;
}

/** The connection to the primary that has a name, for what a Cluster would ask of any; without a Cluster the client. */
export function primaryOf(client: Redis | Cluster, name: string): Redis | Cluster {
  if (client instanceof Redis) return client;
  const place = client.slots[slotOf(name)]?.[0];
  return client.nodes("master").find(({ options: { host, port } }) => `${host}:${port}` === place) ?? client;
}

/**
 * Ends the connection over which ioredis subscribes when its server is silent: it then takes another server. It is a
 * connection apart from all others, of which ioredis does not tell.
 */
function subscriberWatch(cluster: Cluster): () => void {
  let seen: Redis | undefined;
  let silentLooks = 0;
  return () => {
    const holder: unknown = Reflect.get(cluster, "subscriber");
    const instance: unknown = Reflect.get(Object(holder), "subscriber");
    if (!(instance instanceof Redis) || IDLE.has(instance.status)) return;
    silentLooks = instance === seen ? silentLooks + 1 : 0;
    seen = instance;
    if (instance.status === "ready")
      instance.ping().then(
        () => (silentLooks = 0),
        () => undefined,
      );
    if (silentLooks >= SILENT_LOOKS) instance.disconnect();
  };
}

/** Whether a server answers PING on a connection of its own: one that holds back writes, or lets others wait, does. */
export async function answersPing(node: Redis, withinMs: number): Promise<boolean> {
  const other = node.duplicate({
    retryStrategy: () => null,
    enableOfflineQueue: true,
    lazyConnect: true,
    connectTimeout: withinMs,
    commandTimeout: withinMs,
  });
  other.on("error", () => undefined);
  const pong = await other.ping().catch(() => undefined);
  other.disconnect();
  return pong === "PONG";
}
