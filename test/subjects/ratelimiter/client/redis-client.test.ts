import { afterAll, beforeAll, expect, test } from "bun:test";
import { Redis } from "ioredis";
import { probe } from "../../../../src/core/subject/probe.ts";
import { RedisInspector } from "../../../../src/subjects/ratelimiter/client/redis-client.ts";
import { addUpInfo, parseRedisInfo } from "../../../../src/subjects/ratelimiter/client/redis-info.ts";
import { counterKeyOf, counterNamesOf } from "../../../../src/subjects/ratelimiter/client/redis-keys.ts";
import { NO_COUNTER } from "../../../../src/subjects/ratelimiter/keys/counter-life.ts";
import { type Impostor, startImpostor } from "../../../impostor.ts";
import { type RedisServer, startRedis } from "../../../redis-server.ts";

const signal = new AbortController().signal;

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

test("read() tells what Redis is, and the same start at every look", async () => {
  await using inspector = await open();

  const first = await inspector.read(signal);
  const second = await inspector.read(signal);

  expect(first).toMatchObject({
    role: "master",
    evictionPolicy: "noeviction",
    maxMemoryBytes: 0,
    keysWithoutExpiry: 0,
  });
  expect(Math.abs((first.startedAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
  expect(second.startedAtMs).toBe(first.startedAtMs);
});

test("lives() and scan() find counters without expiry, and nothing else", async () => {
  await using inspector = await open();
  await redis.cli("set", "ratelimit:{ann}:gcra", "x");
  await redis.cli("set", "ratelimit:{ben}:sliding-window", "x", "PX", "60000");
  await redis.cli("hset", "ratelimit:{settings}:values", "version", "1");
  await redis.cli("set", "foreign", "x");
  await redis.cli("rpush", "ratelimit:{ben}:gcra", "no", "counter");
  await redis.cli("pexpire", "ratelimit:{ben}:gcra", "70000");

  const [ann, ben, nobody] = await inspector.lives(["ann", "ben", "nobody"], signal);

  expect([ann, nobody]).toEqual([{ value: { lifeMs: -1, windowMs: 0 } }, { value: NO_COUNTER }]);
  expect(ben && "value" in ben && ben.value.lifeMs).toBeGreaterThan(1000);
  expect(await inspector.scan([], signal)).toEqual({ found: ["ann"], complete: true, position: ["0"] });
});

test("lives() tells of each window of a key the counter that lives too long, and of their list that it has no expiry", async () => {
  await using inspector = await open();
  const list = (...windowsUs: number[]) => counter("W", 0, windowsUs);
  await setBytes("ratelimit:{two}:gcra", list(1_000_000, 60_000_000), 300_000);
  await setBytes("ratelimit:{two}:gcra:1000", counter("G", 1_000_000), 90_000);
  await setBytes("ratelimit:{two}:gcra:60000", counter("G", 60_000_000), 100_000);
  await setBytes("ratelimit:{stuck}:gcra", list(1_000_000));

  const [two, stuck] = await inspector.lives(["two", "stuck"], signal);

  expect(two && "value" in two && two.value.windowMs).toBe(1000);
  expect(stuck).toEqual({ value: { lifeMs: -1, windowMs: 0 } });
});

test("a hung Redis is told from one that is gone", async () => {
  await using other = await startRedis();
  await using inspector = new RedisInspector(other.url, 300);
  await inspector.settled();

  other.hang();
  const hung = await probe(() => inspector.read(signal));
  other.resume();
  await other.kill();
  const gone = await probe(() => inspector.read(signal));

  expect(hung).toMatchObject({ outcome: "timed-out", failed: expect.stringContaining(`127.0.0.1:${other.port}`) });
  expect(gone).toMatchObject({ outcome: "refused" });
});

test("a Redis that refuses is neither hung nor gone, and says why", async () => {
  await using locked = await startRedis();
  await locked.cli("config", "set", "requirepass", "s3cret");
  await using without = await open(locked.url);
  await using wrong = await open(locked.url.replace("//", "//:wr0ng@"));

  const answers = await Promise.all([without, wrong].map((one) => probe(() => one.read(signal))));

  expect(answers).toMatchObject([
    { outcome: "refused-access", word: "NOAUTH", failed: expect.stringContaining("requires a password") },
    { outcome: "refused-access", word: "WRONGPASS", failed: expect.stringContaining("refuses the password") },
  ]);
  expect(JSON.stringify(answers)).not.toContain("wr0ng");
});

test("a Redis without the wished database is not looked at", async () => {
  await using inspector = await open(`${redis.url}/99`);

  expect(await probe(() => inspector.read(signal))).toMatchObject({ outcome: "server-error", word: "SELECT" });
});

test.each<[Impostor, object]>([
  ["html", { outcome: "foreign-answer", word: "not-redis" }],
  ["json", { outcome: "foreign-answer", word: "not-redis" }],
  ["drip", { outcome: "foreign-answer", word: "not-redis" }],
  ["close", { outcome: "incomplete-answer", word: "ECONNRESET" }],
  ["silent", { outcome: "timed-out" }],
])(
  "what answers with %s in the place of Redis is no crash, and of these only silence is a hang",
  async (kind, expected) => {
    using impostor = await startImpostor(kind);
    await using inspector = new RedisInspector(`redis://127.0.0.1:${impostor.port}`, 300);
    await inspector.settled();

    const answer = await probe(() => inspector.read(signal));

    expect(answer).toMatchObject(expected);
    expect(JSON.stringify(answer)).not.toContain("enableOfflineQueue");
  },
);

test.each([
  ["no.such.host.invalid:1", { outcome: "unreachable", word: "ENOTFOUND" }],
  ["127.0.0.1:1", { outcome: "refused", word: "ECONNREFUSED" }],
])("a Redis at %s is not reached", async (host, expected) => {
  await using inspector = await open(`redis://${host}`);

  expect(await probe(() => inspector.read(signal))).toMatchObject(expected);
});

test("a Cluster that tells of no primary does not answer, however little there is to add up", async () => {
  await using member = await startRedis({ args: ["--cluster-enabled", "yes"] });
  await using inspector = await open(member.url.replace("redis:", "redis+cluster:"));

  const answers = await Promise.all([
    probe(() => inspector.read(signal)),
    probe(() => inspector.scan([], signal)),
    probe(() => inspector.ask("INFO everything", signal)),
  ]);

  const failed = expect.stringContaining(`Cannot ask Redis at "127.0.0.1:${member.port}": `);
  expect(answers).toMatchObject([{ failed }, { failed }, { failed }]);
});

test("a Redis that lets the observer not ask for INFO answers, and tells no figure", async () => {
  await redis.cli("acl", "setuser", "guest", "on", ">pw", "+@all", "-info", "~*");
  await redis.cli("set", "ratelimit:{dan}:gcra", "x");
  await using inspector = await open(redis.url.replace("//", "//guest:pw@"));

  const { infoRefused, roundTripMs, ...figures } = await inspector.read(signal);
  const { complete } = await inspector.scan([], signal);

  expect(infoRefused).toBe("NOPERM");
  expect(roundTripMs).toBeGreaterThan(0);
  expect(figures).toMatchObject({ version: "", keysWithoutExpiry: undefined, startedAtMs: undefined });
  expect(complete).toBe(true);
  await redis.cli("del", "ratelimit:{dan}:gcra");
});

test("settled() does not wait for a Redis that is not there", async () => {
  await using inspector = new RedisInspector("redis://127.0.0.1:1", 500);

  await inspector.settled();

  expect(await probe(() => inspector.read(AbortSignal.abort()))).toMatchObject({ outcome: "refused" });
});

test("lives() tells of the keys beside one that Redis refuses to show", async () => {
  await redis.cli("acl", "setuser", "watcher", "on", ">pw", "+@all", "~ratelimit:{ann}*", "~ratelimit:{ben}*");
  await using inspector = await open(redis.url.replace("//", "//watcher:pw@"));

  const lives = await inspector.lives(["ann", "carl", "nobody", "ben"], signal);

  expect(lives.map((life) => ("value" in life ? "told" : life.failed))).toEqual([
    "told",
    'Redis refuses to show the counter of "carl": NOPERM',
    'Redis refuses to show the counter of "nobody": NOPERM',
    "told",
  ]);
});

/** Kind, limit 5 and window of a counter, and what follows its header. */
function counter(kind: string, windowUs: number, body: readonly number[] = []): Buffer {
  return Buffer.concat([
    Buffer.from(`${kind}\u0005\0\0\0`),
    Buffer.from(Float64Array.of(windowUs, 0, 0, ...body).buffer),
  ]);
}

async function setBytes(name: string, value: Buffer, lifeMs?: number): Promise<void> {
  const client = new Redis(redis.url);
  await (lifeMs === undefined ? client.set(name, value) : client.set(name, value, "PX", lifeMs));
  client.disconnect();
}

const INFO = {
  redis_version: "7.0.15",
  role: "master",
  server_time_usec: "1700000000000000",
  uptime_in_seconds: "100",
  maxmemory: "5",
  maxmemory_policy: "noeviction",
  used_memory: "6",
  connected_clients: "7",
  blocked_clients: "8",
  instantaneous_ops_per_sec: "9",
  evicted_keys: "10",
  expired_keys: "11",
  cmdstat_flushall: "calls=12,usec=3",
  cmdstat_get: "calls=1,usec=1",
  used_cpu_sys: "1.5",
  used_cpu_user: "2.5",
  db0: "keys=4,expires=3,avg_ttl=1",
  db1: "keys=2,expires=2",
};
const TOLD = {
  version: "7.0.15",
  role: "master",
  startedAtMs: 1_699_999_900_000,
  maxMemoryBytes: 5,
  evictionPolicy: "noeviction",
  usedMemoryBytes: 6,
  connectedClients: 7,
  blockedClients: 8,
  operationsPerSecond: 9,
  evictedKeys: 10,
  expiredKeys: 11,
  flushes: 12,
  cpuSeconds: 4,
  keys: 6,
  keysWithoutExpiry: 1,
  unreadable: [],
};

test.each([
  ["server_time_usec", { startedAtMs: undefined }],
  ["uptime_in_seconds", { startedAtMs: undefined }],
  ["maxmemory", { maxMemoryBytes: undefined }],
  ["used_memory", { usedMemoryBytes: undefined }],
  ["connected_clients", { connectedClients: undefined }],
  ["blocked_clients", { blockedClients: undefined }],
  ["instantaneous_ops_per_sec", { operationsPerSecond: undefined }],
  ["evicted_keys", { evictedKeys: undefined }],
  ["expired_keys", { expiredKeys: undefined }],
  ["used_cpu_sys", { cpuSeconds: undefined }],
  ["db1", { keys: 4 }],
])("parseRedisInfo() reads all but %s where that is no figure, and says so", (field, missing) => {
  expect(parseRedisInfo(textOf(INFO))).toEqual(TOLD);

  for (const junk of ["many", "-", "1e999", "NaN", "0x10", ""]) {
    const info = parseRedisInfo(textOf({ ...INFO, [field]: junk }));

    expect(info).toEqual({ ...TOLD, ...missing, unreadable: [field] });
    expect(addUpInfo([info, parseRedisInfo(textOf(INFO))])).toMatchObject({ unreadable: [field] });
  }
  const { [field]: _absent, ...rest }: Record<string, string> = INFO;
  expect(parseRedisInfo(textOf(rest))).toEqual({ ...TOLD, ...missing });
});

test("addUpInfo() takes the masters of a cluster for one", () => {
  const info = parseRedisInfo("redis_version:7.0.15\r\nused_memory:5\r\ndb0:keys=4,expires=3,avg_ttl=1\r\n");

  expect(info).toMatchObject({ version: "7.0.15", usedMemoryBytes: 5, keys: 4, keysWithoutExpiry: 1 });
  expect(addUpInfo([info, info])).toMatchObject({ version: "7.0.15", usedMemoryBytes: 10, keysWithoutExpiry: 2 });
  expect(addUpInfo([])).toMatchObject({ version: "", keys: undefined });
});

test.each(["ann", "user:7", "a}b", "}x", "%x", "a\nb"])("counterKeyOf() reads the names of %j back", (key) => {
  expect(counterNamesOf(key).map(counterKeyOf)).toEqual(Array(4).fill(key));
});

test("counterKeyOf() reads the names of counters of several windows", () => {
  const names = ["ratelimit:{ann}:gcra:60000", "ratelimit:{ann}:gcra:", "ratelimit:{ann}:gcra:W"];

  expect(names.map(counterKeyOf)).toEqual(["ann", undefined, undefined]);
});

test("counterKeyOf() knows what is no counter", () => {
  expect(["ratelimit:{settings}:values", "ratelimit:{registry}:node/1", "x"].map(counterKeyOf)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

async function open(url = redis.url): Promise<RedisInspector> {
  const inspector = new RedisInspector(url, 1000);
  await inspector.settled();
  return inspector;
}

function textOf(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join("");
}
