import { describe, expect, test } from "bun:test";
import { Sentinel, type SentinelOptions } from "../../../src/io/sentinel/sentinel.ts";
import { freePort, type RedisServer, startRedis } from "../../redis-server.ts";
import { until } from "../../until.ts";

describe("Sentinel", () => {
  test("names the primary, with the epoch in which it became that", async () => {
    await using watching = await startSentinel("127.0.0.1", 6390);
    using sentinel = sentinelAt(watching.port);

    const answer = await sentinel.ask({ isNeeded: true });

    expect(answer).toEqual({ primary: { host: "127.0.0.1", port: 6390 }, epoch: 0, isListed: true });
    expect(sentinel.failure).toBeUndefined();
  });

  test("says why it names none: it watches nothing of that name", async () => {
    await using watching = await startSentinel("127.0.0.1", 6390);
    using sentinel = sentinelAt(watching.port, { name: "other" });

    const answer = await sentinel.ask({ isNeeded: true });

    expect(answer).toBeUndefined();
    expect(sentinel.failure?.message).toContain("No such master");
  });

  test.each(["+switch-master", "+promoted-slave", "+config-update-from"])("hears of %s", async (channel) => {
    await using server = await startRedis();
    let news = 0;
    using sentinel = sentinelAt(server.port, { onNews: () => (news += 1) });
    await sentinel.ask({ isNeeded: true });

    await until(async () => (await server.cli("publish", channel, "")) === "1");

    await until(() => news > 0);
  });

  test("is asked and not heard where the protocol does not allow both", async () => {
    await using server = await startRedis({ config: ['rename-command HELLO ""'] });
    using sentinel = sentinelAt(server.port);

    await sentinel.ask({ isNeeded: true });

    expect(sentinel.failure?.message).toContain("unknown command 'SENTINEL'");
    expect(await server.cli("pubsub", "numsub", "+switch-master")).toEndWith("0");
  });

  test("is left alone for a while when it was not reached, unless it is needed", async () => {
    const port = await freePort();
    using sentinel = sentinelAt(port);
    await sentinel.ask({ isNeeded: true });
    await using _watching = await startSentinel("127.0.0.1", 6390, port);

    const unneeded = await sentinel.ask({ isNeeded: false });
    const needed = await sentinel.ask({ isNeeded: true });

    expect(unneeded).toBeUndefined();
    expect(needed).toMatchObject({ primary: { port: 6390 } });
  });
});

function sentinelAt(port: number, options: Partial<SentinelOptions> = {}): Sentinel {
  const nothing = (): void => undefined;
  return new Sentinel(
    { host: "127.0.0.1", port },
    { name: "limits", password: undefined, isListed: true, onLearned: nothing, onNews: nothing, ...options },
  );
}

async function startSentinel(host: string, port: number, own?: number): Promise<RedisServer> {
  const config = [`sentinel monitor limits ${host} ${port} 1`];
  return await startRedis({ config, args: ["--sentinel"], ...(own !== undefined && { port: own }) });
}
