/** A rate limiter on this machine: one Redis, nodes that each reach it over a link of their own, and a Prometheus on request. */

import {
  type PlannedLink,
  type PlannedProcess,
  type Recipe,
  type Site,
  secretMark,
} from "../../../deployments/recipe.ts";
import { prometheusProcess } from "../../../deployments/recipes/prometheus.ts";
import { randomSecret } from "../../../io/files/secret.ts";

/** Size and settings of a limiter cluster. */
export interface RateLimiterOptions {
  readonly nodes: number;
  readonly prometheus: boolean;
  /** Flags of `operator serve-limiter` for every node, without their dashes. @default {@linkcode DEFAULT_SETTINGS} */
  readonly settings: Readonly<Record<string, string>>;
}

/** An empty configuration, since `[serve-limiter]` in a file is for nodes started by a person. */
const NO_CONFIGURATION = "/dev/null";

/** Passed to every node, so that no file or environment variable of this machine changes its settings. */
export const DEFAULT_SETTINGS = {
  limit: "100",
  window: "1m",
  "on-redis-failure": "local",
  algorithm: "sliding-window",
} as const;

/** Secret: the token for calls that change something. */
export const TOKEN = "token";
/** Secret: the password of Redis. */
export const REDIS_PASSWORD = "redis-password";
/** Secret: the token as a header, for `curl -H @file`. */
const HEADER = "authorization";

const HOST = "127.0.0.1";
const REDIS = "redis/main";

/** The recipe of a limiter cluster. */
export function rateLimiter({ nodes: count, prometheus, ...options }: RateLimiterOptions): Recipe {
  const settings = { ...DEFAULT_SETTINGS, ...options.settings };
  return {
    subject: "ratelimiter",
    settings,
    secrets() {
      const token = randomSecret();
      return { [TOKEN]: token, [HEADER]: `Authorization: Bearer ${token}`, [REDIS_PASSWORD]: randomSecret() };
    },
    local(site) {
      const redis = redisProcess(site);
      const numbers = Array.from({ length: count }, (_, index) => index + 1);
      const addresses = new Map(numbers.map((number) => [number, `${HOST}:${site.takePort()}`]));
      const links = numbers.map((number) => linkToRedis(number, redis, site));
      const nodes = [...addresses].map(([number, address], index) =>
        nodeProcess({ number, address, addresses, settings, site, redis: links[index]?.address ?? redis.address }),
      );
      const watching = prometheus ? [prometheusProcess(site, nodes)] : [];
      return { processes: [redis, ...nodes, ...watching], links };
    },
  };
}

function redisProcess(site: Site): PlannedProcess {
  const port = site.takePort();
  const program = site.program("redis-server", "apt-get install redis-server, or brew install redis");
  const flags = `--port ${port} --bind ${HOST} --protected-mode yes --appendonly no --daemonize no`;
  return {
    id: REDIS,
    kind: "redis",
    address: `${HOST}:${port}`,
    command: [program, "redis.conf", ...flags.split(" "), "--save", ""],
    ready: { by: "redis", password: REDIS_PASSWORD },
    after: [],
    files: { "redis.conf": `requirepass ${secretMark(REDIS_PASSWORD)}\n` },
  };
}

function linkToRedis(number: number, redis: PlannedProcess, site: Site): PlannedLink {
  return { from: `node/${number}`, to: redis.id, address: `${HOST}:${site.takePort()}`, target: redis.address };
}

interface NodeOptions {
  readonly number: number;
  readonly address: string;
  /** `host:port` at which it reaches Redis. */
  readonly redis: string;
  /** Addresses of all nodes, by number. */
  readonly addresses: ReadonlyMap<number, string>;
  readonly settings: Readonly<Record<string, string>>;
  readonly site: Site;
}

function nodeProcess({ number, address, redis, addresses, settings, site }: NodeOptions): PlannedProcess {
  const flags: Readonly<Record<string, string>> = {
    config: NO_CONFIGURATION,
    node: String(number),
    host: HOST,
    port: address.slice(HOST.length + 1),
    redis: `redis://${redis}`,
    "redis-password-file": site.secretFile(REDIS_PASSWORD),
    "token-file": site.secretFile(TOKEN),
    nodes: [...addresses].map(([other, where]) => `${other}=${where}`).join(","),
    ...settings,
  };
  return {
    id: `node/${number}`,
    kind: "node",
    address,
    command: [
      ...site.operator,
      "serve-limiter",
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    ],
    ready: { by: "http", path: "/ready" },
    after: [REDIS],
    environment: "operator",
    files: {},
  };
}
