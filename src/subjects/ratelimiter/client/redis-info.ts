/** State of Redis as read from `INFO`. */

/** One reading of Redis; a missing figure is `undefined`. */
export interface RedisInfo {
  readonly version: string;
  /** Epoch milliseconds. */
  readonly startedAtMs: number | undefined;
  readonly role: string;
  /** Settings that affect the limiter's data. */
  readonly maxMemoryBytes: number | undefined;
  readonly evictionPolicy: string;
  readonly usedMemoryBytes: number | undefined;
  readonly connectedClients: number | undefined;
  /** Clients that wait, for instance because writes are paused. */
  readonly blockedClients: number | undefined;
  readonly operationsPerSecond: number | undefined;
  readonly evictedKeys: number | undefined;
  readonly expiredKeys: number | undefined;
  /** Commands since its start that removed all keys of a database. */
  readonly flushes: number | undefined;
  readonly cpuSeconds: number | undefined;
  readonly keys: number | undefined;
  /** Keys without expiry, including the limiter's own settings. */
  readonly keysWithoutExpiry: number | undefined;
  /** Fields with an unexpected format. */
  readonly unreadable: readonly string[];
}

const ADDED = [
  ...(["maxMemoryBytes", "usedMemoryBytes", "connectedClients", "blockedClients", "operationsPerSecond"] as const),
  ...(["evictedKeys", "expiredKeys", "flushes", "cpuSeconds", "keys", "keysWithoutExpiry"] as const),
];

/** The reading of a Redis that denies `INFO` to the observer. */
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

/** The primaries of a Cluster combined into one reading; all have the same settings. */
export function addUpInfo(infos: readonly RedisInfo[]): RedisInfo {
  const [first, ...rest] = infos;
  if (!first) return UNTOLD;
  const addTo = (sum: RedisInfo, info: RedisInfo): RedisInfo => {
    const sums = ADDED.map((field) => [field, plus(sum[field], info[field])]);
    return { ...sum, ...Object.fromEntries(sums), unreadable: [...new Set([...sum.unreadable, ...info.unreadable])] };
  };
  return rest.reduce(addTo, first);
}

/** Epoch milliseconds by the clock of the server, in the text of `INFO`; `undefined` if it is missing. */
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

/** A command that was never called has no line; without any line, commands are unknown. */
function callsOf(commands: readonly string[], fields: ReadonlyMap<string, string>): number | undefined {
  if (!fields.keys().some((name) => name.startsWith("cmdstat_"))) return undefined;
  const calls = commands.map((command) => /^calls=(\d+)/.exec(fields.get(`cmdstat_${command}`) ?? "")?.[1]);
  return calls.reduce((sum, count) => sum + Number(count ?? 0), 0);
}

/** Both by the clock of Redis, so that only a restart changes it. */
function startOf(nowUs: number | undefined, uptimeSeconds: number | undefined): number | undefined {
  if (nowUs === undefined || uptimeSeconds === undefined) return undefined;
  return (Math.floor(nowUs / 1_000_000) - uptimeSeconds) * 1000;
}

function plus(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}
