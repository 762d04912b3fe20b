/** Keeps a client's view of a Redis Cluster current over its existing connections: ioredis would open one per refresh. */

import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, Redis } from "ioredis";
import * as v from "valibot";
import { slotOf } from "./cluster-slot.ts";

/** Milliseconds between two checks. */
const LOOK_EVERY_MS = 500;
/** Checks after a change at which the slots are read again, since members learn of it one after the other. */
const LOOKS_AFTER_CHANGE = 4;

/** Checks in a row without an answer after which a subscription counts as lost. */
const SILENT_LOOKS = 3;
/** States in which nothing is connected. */
const IDLE: ReadonlySet<string> = new Set(["wait", "end", "close"]);
/** States of a healthy connection to a primary: in use, or not needed yet. */
const WELL: ReadonlySet<string> = new Set(["ready", "wait"]);

const Server = v.looseTuple([v.nullable(v.string()), v.number()]);
const SlotRange = v.looseTuple([v.number(), v.number(), Server]);
/** Reply of `CLUSTER SLOTS`: ranges of slots, each with its primary and replicas. */
const SlotRanges = v.array(SlotRange);

/** Asks each primary for the slots while the client lives, and refreshes the client when they differ from its view. */
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
  // Connects early, since otherwise the first command would open the connection, and later ones would be refused until it is ready.
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

/** Whether a primary's answer differs from its last one, or from the client's view. */
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
  for (let slot = start; slot <= end; slot++) if (slots[slot]?.[0] !== place) return !host; // some do not report their host
  return true;
}

/** The connection to the primary of a key, for commands that a Cluster would send to any server; without a Cluster, the client. */
export function primaryOf(client: Redis | Cluster, name: string): Redis | Cluster {
  if (client instanceof Redis) return client;
  const place = client.slots[slotOf(name)]?.[0];
  return client.nodes("master").find(({ options: { host, port } }) => `${host}:${port}` === place) ?? client;
}

/**
 * Closes the connection with which ioredis subscribes when its server is silent, so that it uses another server. It is
 * a separate connection that ioredis does not expose.
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

/** Whether a server answers PING on a separate connection, as one that only blocks writes or other clients does. */
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
