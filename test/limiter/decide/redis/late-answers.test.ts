import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { LinkProxy } from "../../../../src/deployments/local/links/link-proxy.ts";
import { AnswerWatch } from "../../../../src/limiter/decide/redis/late-answers.ts";
import { startRedis } from "../../../redis-server.ts";
import { until } from "../../../until.ts";
import { checkOf } from "../../checks.ts";
import { connectedDecider } from "../../deciders.ts";

setDefaultTimeout(60_000);

const server = await startRedis();
afterAll(() => server[Symbol.asyncDispose]());

const PLACE = { host: "127.0.0.1", port: 6379, tls: false };

function watchWith(ping: (withinMs: number) => Promise<number | undefined>, timeoutMs = 100) {
  return new AnswerWatch({ timeoutMs, server: () => PLACE, ping: (_server, withinMs) => ping(withinMs) });
}

function openNow() {
  return { sinceMs: performance.now(), reason: "silent" } as const;
}

test.each([
  ["late", 300],
  ["in-time", 3],
] as const)("AnswerWatch says %s of a primary that answers a patient question after %p ms", async (seen, tookMs) => {
  using watch = watchWith(() => Promise.resolve(tookMs));
  expect(watch.seen).toBeUndefined();

  watch.follow(openNow());
  await until(() => watch.seen !== undefined);
  expect(watch.seen).toBe(seen);

  watch.follow(undefined);
  expect(watch.seen).toBeUndefined();
});

test("AnswerWatch says that nothing comes back only after seconds of silence", () => {
  using early = watchWith(() => new Promise(() => undefined));
  early.follow(openNow());
  using long = watchWith(() => new Promise(() => undefined));
  long.follow({ ...openNow(), sinceMs: performance.now() - 6000 });

  expect([early.seen, long.seen]).toEqual([undefined, "none"]);
});

test("AnswerWatch counts a refusal that comes late as an answer, and a lost connection as none", async () => {
  const refusal = Object.assign(new Error("OOM"), { name: "ReplyError" });
  using watch = watchWith(() => Promise.resolve(undefined));
  watch.follow({ ...openNow(), sinceMs: performance.now() - 1 });

  await watch.await(Promise.reject(new Error("Connection is closed.")));
  expect(watch.seen).toBeUndefined();

  await watch.await(Promise.reject(refusal));
  expect(watch.seen).toBe("late");
});

/** A node whose way to Redis can be impaired. */
async function nodeBehindProxy() {
  const { host } = new URL(server.url);
  const proxy = new LinkProxy({ listen: "127.0.0.1:0", target: host });
  const decider = await connectedDecider({ redisUrl: `redis://${proxy.address}`, timeoutMs: 100 });
  return {
    proxy,
    decider,
    async [Symbol.asyncDispose]() {
      await decider[Symbol.asyncDispose]();
      proxy[Symbol.dispose]();
    },
  };
}

test.each([
  ["longer than its time limit", 80],
  ["longer than any connection is waited for", 700],
])("a node that decides alone knows that answers come back where each way takes %s", async (_what, delayMs) => {
  await using node = await nodeBehindProxy();

  node.proxy.delay(delayMs);
  await node.decider.check(checkOf());
  await until(() => node.decider.health().answers !== undefined);

  expect(node.decider.health()).toMatchObject({ connected: false, answers: "late" });
});

test("a node that decides alone knows that nothing comes back over a cut way", async () => {
  await using node = await nodeBehindProxy();

  node.proxy.cut();
  await until(() => node.decider.health().answers !== undefined);

  expect(node.decider.health()).toMatchObject({ connected: false, answers: "none" });
});

test("a node that decides alone knows that a Redis which blocks writes answers in time", async () => {
  await using own = await startRedis();
  await using decider = await connectedDecider({ redisUrl: own.url, timeoutMs: 100 });

  await own.cli("client", "pause", "60000", "write");
  await until(() => decider.health().answers !== undefined);

  expect(decider.health()).toMatchObject({ connected: false, answers: "in-time" });
});
