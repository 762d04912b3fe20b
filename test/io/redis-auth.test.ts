import { afterAll, afterEach, beforeAll, beforeEach, expect, type Mock, spyOn, test } from "bun:test";
import { Redis } from "ioredis";
import { quietAuth } from "../../src/io/redis-auth.ts";
import { type RedisServer, startRedis, until } from "../redis-server.ts";

quietAuth();

let server: RedisServer;
let warn: Mock<typeof console.warn>;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  warn = spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => warn.mockRestore());

function connect(password: string): Redis {
  const client = new Redis(server.port, { protocol: 2, password, enableReadyCheck: false });
  client.on("error", () => undefined);
  return client;
}

test("quietAuth() takes a password that Redis does not require for accepted, without advice on the console", async () => {
  const client = connect("needless");
  await until(() => client.status === "ready");

  expect(await client.ping()).toBe("PONG");
  expect(warn).not.toHaveBeenCalled();
  client.disconnect();
});

test("quietAuth() leaves a wrong password refused", async () => {
  await server.cli("config", "set", "requirepass", "right");
  const client = connect("wrong");
  const refusals: string[] = [];
  client.on("error", (error: Error) => refusals.push(error.message));

  await until(() => refusals.length > 0);

  expect(refusals[0]).toStartWith("WRONGPASS");
  expect(client.status).not.toBe("ready");
  client.disconnect();
});
