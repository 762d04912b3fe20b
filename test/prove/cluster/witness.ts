/** Finds out which writes Redis acknowledged and lost: numbers are written to each shard all the time, and looked for at the end. */

import { Redis } from "ioredis";
import type { RedisServer } from "../../redis-server.ts";
import type { Loss } from "./judgement.ts";
import type { Setting } from "./setting.ts";

/** Milliseconds between two writes to one server, and after one that it refused. */
const WRITE_EVERY_MS = 20;
const REFUSED_FOR_MS = 100;
/** Milliseconds of acknowledged writes between two losses of a shard. */
const LOSSES_APART_MS = 300;

interface Acknowledged {
  readonly number: string;
  readonly shard: number;
  /** Monotonic milliseconds. */
  readonly atMs: number;
}

/** Where a list is written. */
interface Place {
  readonly name: string;
  readonly shard: number;
  readonly server: RedisServer | undefined;
}

/** Writes to every server of a setting that clients use, one write at a time for each shard, and past all code of the limiter. */
export class Witness implements AsyncDisposable {
  readonly #setting: Setting;
  readonly #names: readonly string[];
  readonly #clients: readonly Redis[];
  readonly #stop = new AbortController();
  #acknowledged: Acknowledged[] = [];
  readonly #writing: Promise<unknown>;
  #last = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#names = Array.from({ length: setting.shards }, (_, shard) => nameIn(setting, shard));
    this.#clients = setting.servers.map(connect);
    this.#writing = Promise.all(
      this.#clients.flatMap((client, at) =>
        this.#names.map((name, shard) => this.#writeTo(client, { name, shard, server: setting.servers[at] })),
      ),
    );
  }

  /** Forgets what was acknowledged before. */
  begin(): void {
    this.#acknowledged = [];
  }

  /** What was acknowledged since then and is not there any more. */
  async losses(): Promise<readonly Loss[]> {
    await this.#setting.settled();
    const acknowledged = [...this.#acknowledged]; // what is written from here on may be read or not
    const kept = await Promise.all(this.#names.map((name) => this.#read(name)));
    const lost = acknowledged.filter(({ shard, number }) => !kept[shard]?.has(number));
    return this.#names.flatMap((_, shard) => spansOf(lost.filter((one) => one.shard === shard)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const client of this.#clients) client.disconnect();
    await this.#writing;
  }

  async #writeTo(client: Redis, { name, shard, server }: Place): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const number = `${++this.#last}`;
      const isUsed = !server || (this.#setting.serves?.(server) ?? true);
      // A replica refuses, and so does a server that does not run.
      const isWritten = isUsed && (await client.rpush(name, number).then(Boolean, () => false));
      if (isWritten) this.#acknowledged.push({ number, shard, atMs: performance.now() });
      await Bun.sleep(isWritten ? WRITE_EVERY_MS : REFUSED_FOR_MS);
    }
  }

  /** Only the primary answers: none of the clients is set to read from a replica. */
  async #read(name: string): Promise<ReadonlySet<string>> {
    const lists = await Promise.all(
      this.#clients.map(async (client) => {
        const isPrimary = String(await client.call("role").catch(() => [])).startsWith("master");
        return isPrimary ? await client.lrange(name, 0, -1).catch(() => []) : [];
      }),
    );
    return new Set(lists.flat());
  }
}

function connect({ host, port }: RedisServer): Redis {
  const client = new Redis({
    host,
    port,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => 50,
  });
  client.on("error", () => undefined);
  return client;
}

function nameIn(setting: Setting, shard: number): string {
  for (let at = 0; ; at++) {
    const name = `witness:${at}`;
    if (setting.shardOf(name) === shard) return name;
  }
}

function spansOf(lost: readonly Acknowledged[]): Loss[] {
  const spans: Loss[] = [];
  for (const { atMs, shard } of lost.toSorted((a, b) => a.atMs - b.atMs)) {
    const last = spans.at(-1);
    if (last && atMs - last.toMs < LOSSES_APART_MS)
      spans[spans.length - 1] = { ...last, toMs: atMs, writes: last.writes + 1 };
    else spans.push({ shard, fromMs: atMs, toMs: atMs, writes: 1 });
  }
  return spans;
}
