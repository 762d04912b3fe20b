/** What Redis says of itself, read from its `INFO`. */

/** One look at Redis. */
export interface RedisInfo {
  readonly version: string;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  readonly role: string;
  /** Settings that change what it does with the limiter's data. */
  readonly maxMemoryBytes: number;
  readonly evictionPolicy: string;
  readonly usedMemoryBytes: number;
  readonly connectedClients: number;
  /** Clients that wait, for instance because writes are paused. */
  readonly blockedClients: number;
  readonly operationsPerSecond: number;
  readonly evictedKeys: number;
  readonly expiredKeys: number;
  readonly cpuSeconds: number;
  readonly keys: number;
  /** Keys that live for ever, the limiter's own settings among them. */
  readonly keysWithoutExpiry: number;
}

const ADDED = [
  ...(["maxMemoryBytes", "usedMemoryBytes", "connectedClients", "blockedClients", "operationsPerSecond"] as const),
  ...(["evictedKeys", "expiredKeys", "cpuSeconds", "keys", "keysWithoutExpiry"] as const),
];

/** The masters of a cluster as if they were one; all of them run alike. */
export function addUpInfo(infos: readonly RedisInfo[]): RedisInfo {
  const [first, ...rest] = infos;
  if (!first) throw new RangeError("Cannot add up nothing, expected at least one Redis");
  const addTo = (sum: RedisInfo, info: RedisInfo): RedisInfo => {
    return { ...sum, ...Object.fromEntries(ADDED.map((field) => [field, sum[field] + info[field]])) };
  };
  return rest.reduce(addTo, first);
}

/** Reads the text of `INFO`. */
export function parseRedisInfo(text: string): RedisInfo {
  const fields = new Map([...text.matchAll(/^([\w-]+):(.*?)\r?$/gm)].map(([, name = "", value = ""]) => [name, value]));
  const word = (name: string): string => fields.get(name) ?? "";
  const number = (name: string): number => Number(fields.get(name) ?? 0);
  const databases = [...text.matchAll(/^db\d+:keys=(\d+),expires=(\d+)/gm)].map(([, keys, expires]) => {
    return { keys: Number(keys), expires: Number(expires) };
  });
  const keys = databases.reduce((sum, database) => sum + database.keys, 0);
  return {
    version: word("redis_version"),
    // Both by the clock of Redis, so that the passing of time does not change it and a restart does.
    startedAtMs: (Math.floor(number("server_time_usec") / 1_000_000) - number("uptime_in_seconds")) * 1000,
    role: word("role"),
    maxMemoryBytes: number("maxmemory"),
    evictionPolicy: word("maxmemory_policy"),
    usedMemoryBytes: number("used_memory"),
    connectedClients: number("connected_clients"),
    blockedClients: number("blocked_clients"),
    operationsPerSecond: number("instantaneous_ops_per_sec"),
    evictedKeys: number("evicted_keys"),
    expiredKeys: number("expired_keys"),
    cpuSeconds: number("used_cpu_sys") + number("used_cpu_user"),
    keys,
    keysWithoutExpiry: keys - databases.reduce((sum, database) => sum + database.expires, 0),
  };
}
