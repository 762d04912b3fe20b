/** What Redis says of itself, read from its `INFO`. */

/** One look at Redis; a figure that it does not tell is `undefined`. */
export interface RedisInfo {
  readonly version: string;
  /** Epoch milliseconds. */
  readonly startedAtMs: number | undefined;
  readonly role: string;
  /** Settings that change what it does with the limiter's data. */
  readonly maxMemoryBytes: number | undefined;
  readonly evictionPolicy: string;
  readonly usedMemoryBytes: number | undefined;
  readonly connectedClients: number | undefined;
  /** Clients that wait, for instance because writes are paused. */
  readonly blockedClients: number | undefined;
  readonly operationsPerSecond: number | undefined;
  readonly evictedKeys: number | undefined;
  readonly expiredKeys: number | undefined;
  /** Commands since its start that threw away all keys of a database. */
  readonly flushes: number | undefined;
  readonly cpuSeconds: number | undefined;
  readonly keys: number | undefined;
  /** Keys that live for ever, the limiter's own settings among them. */
  readonly keysWithoutExpiry: number | undefined;
  /** Fields that it tells in another form. */
  readonly unreadable: readonly string[];
}

const ADDED = [
  ...(["maxMemoryBytes", "usedMemoryBytes", "connectedClients", "blockedClients", "operationsPerSecond"] as const),
  ...(["evictedKeys", "expiredKeys", "flushes", "cpuSeconds", "keys", "keysWithoutExpiry"] as const),
];

/** What is known of a Redis that does not let the observer ask for `INFO`. */
export const UNTOLD: RedisInfo = {
  version: "",
  role: "",
  evictionPolicy: "",
  startedAtMs: undefined,
  maxMemoryBytes: undefined,
  usedMemoryBytes: undefined,
  connectedClients: undefined,
  blockedClients: undefined,
  operationsPerSecond: undefined,
  evictedKeys: undefined,
  expiredKeys: undefined,
  flushes: undefined,
  cpuSeconds: undefined,
  keys: undefined,
  keysWithoutExpiry: undefined,
  unreadable: [],
};

/** The masters of a cluster as if they were one; all of them run alike. */
export function addUpInfo(infos: readonly RedisInfo[]): RedisInfo {
  const [first, ...rest] = infos;
  if (!first) return UNTOLD;
  const addTo = (sum: RedisInfo, info: RedisInfo): RedisInfo => {
    const sums = ADDED.map((field) => [field, plus(sum[field], info[field])]);
    return { ...sum, ...Object.fromEntries(sums), unreadable: [...new Set([...sum.unreadable, ...info.unreadable])] };
  };
  return rest.reduce(addTo, first);
}

/** Epoch milliseconds by the clock of the server, in the text of `INFO`; `undefined` where it does not tell them. */
export function clockMsIn(text: string): number | undefined {
  const us = /^server_time_usec:(\d+)/m.exec(text)?.[1];
  return us === undefined ? undefined : Number(us) / 1000;
}

/** Reads the text of `INFO`. */
export function parseRedisInfo(text: string): RedisInfo {
  const fields = new Map([...text.matchAll(/^([\w-]+):(.*?)\r?$/gm)].map(([, name = "", value = ""]) => [name, value]));
  const unreadable: string[] = [];
  const word = (name: string): string => fields.get(name) ?? "";
  function number(name: string): number | undefined {
    const value = fields.get(name);
    if (value === undefined || /^-?\d+(?:\.\d+)?$/.test(value)) return value === undefined ? undefined : Number(value);
    unreadable.push(name);
    return undefined;
  }
  const databases = [...fields].flatMap(([name, value]) => {
    if (!/^db\d+$/.test(name)) return [];
    const { keys, expires } = /^keys=(?<keys>\d+),expires=(?<expires>\d+)/.exec(value)?.groups ?? {};
    if (keys === undefined) unreadable.push(name);
    return keys === undefined ? [] : [{ keys: Number(keys), expires: Number(expires) }];
  });
  const keys = databases.reduce((sum, database) => sum + database.keys, 0);
  return {
    version: word("redis_version"),
    startedAtMs: startOf(number("server_time_usec"), number("uptime_in_seconds")),
    role: word("role"),
    maxMemoryBytes: number("maxmemory"),
    evictionPolicy: word("maxmemory_policy"),
    usedMemoryBytes: number("used_memory"),
    connectedClients: number("connected_clients"),
    blockedClients: number("blocked_clients"),
    operationsPerSecond: number("instantaneous_ops_per_sec"),
    evictedKeys: number("evicted_keys"),
    expiredKeys: number("expired_keys"),
    flushes: callsOf(["flushall", "flushdb"], fields),
    cpuSeconds: plus(number("used_cpu_sys"), number("used_cpu_user")),
    keys,
    keysWithoutExpiry: keys - databases.reduce((sum, database) => sum + database.expires, 0),
    unreadable,
  };
}

/** A command that was never called has no line; without any line nothing is known of commands. */
function callsOf(commands: readonly string[], fields: ReadonlyMap<string, string>): number | undefined {
  if (!fields.keys().some((name) => name.startsWith("cmdstat_"))) return undefined;
  const calls = commands.map((command) => /^calls=(\d+)/.exec(fields.get(`cmdstat_${command}`) ?? "")?.[1]);
  return calls.reduce((sum, count) => sum + Number(count ?? 0), 0);
}

/** Both by the clock of Redis, so that the passing of time does not change it and a restart does. */
function startOf(nowUs: number | undefined, uptimeSeconds: number | undefined): number | undefined {
  if (nowUs === undefined || uptimeSeconds === undefined) return undefined;
  return (Math.floor(nowUs / 1_000_000) - uptimeSeconds) * 1000;
}

function plus(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}
