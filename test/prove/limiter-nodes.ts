/** Nodes of the limiter as processes, each on a port of its own. */

import * as v from "valibot";
import type { RedisFailurePolicy } from "../../src/limiter/decide/decision.ts";
import { freePort } from "../redis-server.ts";
import { until } from "../until.ts";

/** How nodes are started. */
export interface NodesOptions {
  readonly redis: string;
  readonly size: number;
  /** Whether each is given the list of all. */
  readonly list: boolean;
  readonly limit: number;
  /** @default {"1m"} */
  readonly window?: string;
  /** What nodes do without Redis. @default {"local"} */
  readonly policy?: RedisFailurePolicy;
}

/** One node. */
export interface Node {
  readonly pid: number;
  readonly url: string;
  check(key: string): Promise<v.InferOutput<typeof Answer>>;
  /** Units that it counts for a key. */
  count(key: string): Promise<number>;
  /** Kills it and starts it again; resolves when it serves. */
  restart(): Promise<void>;
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
export async function startNodes(options: NodesOptions): Promise<Nodes> {
  const { size } = options;
  const started = await Promise.all(Array.from({ length: size }, (_, at) => startNode(at + 1, options)));
  const areReady = (wanted: boolean) => async () =>
    (await Promise.all(started.map(({ url }) => isReady(url)))).every((ready) => ready === wanted);
  await until(areReady(true), 60_000);
  await until(async () => (await Promise.all(started.map(knownNodesAt))).every((known) => known === size), 60_000);
  return {
    all: started,
    ready: () => until(areReady(true), 60_000),
    degraded: () => until(areReady(false), 60_000),
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((node) => node[Symbol.asyncDispose]()));
    },
  };
}

async function startNode(number: number, options: NodesOptions): Promise<Node & AsyncDisposable> {
  const { redis, size, list, limit, window = "1m", policy = "local" } = options;
  const port = await freePort();
  const flags = `--node ${number} --port ${port} --redis ${redis} --limit ${limit} --window ${window} --heartbeat ${HEARTBEAT_MS}ms --on-redis-failure ${policy}`;
  const numbers = Array.from({ length: size }, (_, at) => at + 1);
  const all = list ? ["--nodes", numbers.join(",")] : [];
  const command = [process.execPath, MAIN, "serve-limiter", "--config", "/dev/null", ...flags.split(" "), ...all];
  const url = `http://127.0.0.1:${port}`;
  const spawn = () => Bun.spawn(command, { stdio: ["ignore", "ignore", "ignore"] });
  let child = spawn();
  async function end(): Promise<void> {
    child.kill("SIGKILL");
    await child.exited;
  }
  return {
    ...callsOf(url),
    url,
    get pid() {
      return child.pid;
    },
    async restart() {
      await end();
      child = spawn();
      await until(async () => (await isReady(url)) !== undefined, 60_000);
    },
    [Symbol.asyncDispose]: end,
  };
}

function callsOf(url: string): Pick<Node, "check" | "count"> {
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

async function knownNodesAt({ url }: Node): Promise<number | null> {
  return v.parse(Health, await (await fetch(`${url}/health`)).json()).known_nodes;
}
