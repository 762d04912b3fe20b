/** Nodes of the limiter as processes, each on a port of its own. */

import * as v from "valibot";
import type { RedisFailurePolicy } from "../../src/limiter/decide/decision.ts";
import { freePort, until } from "../redis-server.ts";

/** How nodes are started. */
export interface NodesOptions {
  readonly redis: string;
  readonly size: number;
  /** Whether each is given the list of all. */
  readonly list: boolean;
  readonly limit: number;
  /** What nodes do without Redis. @default {"local"} */
  readonly policy?: RedisFailurePolicy;
}

/** One node. */
export interface Node {
  readonly pid: number;
  check(key: string): Promise<v.InferOutput<typeof Answer>>;
  /** Units that it counts for a key. */
  count(key: string): Promise<number>;
}

/** Nodes of one limiter. */
export interface Nodes extends AsyncDisposable {
  readonly all: readonly Node[];
  /** Resolves when Redis decides for every node. */
  ready(): Promise<void>;
  /** Resolves when none is decided for by Redis. */
  degraded(): Promise<void>;
}

const Answer = v.object({
  allowed: v.boolean(),
  source: v.optional(v.string(), "redis"),
  reason: v.optional(v.string()),
});
const Count = v.object({ count: v.number() });
const Health = v.object({ known_nodes: v.nullable(v.number()) });

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const HEARTBEAT_MS = 200;

/** Starts nodes and waits until they know each other. */
export async function startNodes({ redis, size, list, limit, policy = "local" }: NodesOptions): Promise<Nodes> {
  const numbers = Array.from({ length: size }, (_, at) => at + 1);
  const started = await Promise.all(
    numbers.map(async (number) => {
      const port = await freePort();
      const flags = `--node ${number} --port ${port} --redis ${redis} --limit ${limit} --window 1m --heartbeat ${HEARTBEAT_MS}ms --on-redis-failure ${policy}`;
      const all = list ? ["--nodes", numbers.join(",")] : [];
      const command = [process.execPath, MAIN, "serve-limiter", "--config", "/dev/null", ...flags.split(" "), ...all];
      const child = Bun.spawn(command, { stdio: ["ignore", "ignore", "ignore"] });
      return { child, url: `http://127.0.0.1:${port}` };
    }),
  );
  const urls = started.map(({ url }) => url);
  const areReady = (wanted: boolean) => async () =>
    (await Promise.all(urls.map((url) => isReady(url)))).every((ready) => ready === wanted);
  await until(areReady(true), 60_000);
  await until(async () => (await Promise.all(urls.map(knownNodesAt))).every((known) => known === size), 60_000);
  return {
    all: started.map(({ child, url }) => ({ pid: child.pid, ...nodeAt(url) })),
    ready: () => until(areReady(true), 60_000),
    degraded: () => until(areReady(false), 60_000),
    async [Symbol.asyncDispose]() {
      for (const { child } of started) child.kill("SIGKILL");
      await Promise.all(started.map(({ child }) => child.exited));
    },
  };
}

function nodeAt(url: string): Omit<Node, "pid"> {
  return {
    async check(key) {
      const response = await fetch(`${url}/check`, { method: "POST", body: JSON.stringify({ key }) });
      return v.parse(Answer, await response.json());
    },
    async count(key) {
      const response = await fetch(`${url}/api/counters/${key}`);
      return response.ok ? v.parse(Count, await response.json()).count : 0;
    },
  };
}

async function isReady(url: string): Promise<boolean | undefined> {
  try {
    return (await fetch(`${url}/ready`)).ok;
  } catch {
    return undefined;
  }
}

async function knownNodesAt(url: string): Promise<number | null> {
  return v.parse(Health, await (await fetch(`${url}/health`)).json()).known_nodes;
}
