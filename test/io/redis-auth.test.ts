import { afterAll, afterEach, beforeAll, beforeEach, expect, type Mock, spyOn, test } from "bun:test";
import { Redis } from "ioredis";
import { quietAuth } from "../../src/io/redis-auth.ts";
import { troubleIn } from "../../src/io/redis-trouble.ts";
import { type RedisServer, startRedis } from "../redis-server.ts";
import { until } from "../until.ts";

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

function connect(password: string, options: { port?: number; username?: string } = {}): Redis {
  const client = new Redis({ port: server.port, protocol: 2, password, enableReadyCheck: false, ...options });
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

test("quietAuth() takes a user name that an old Redis does not know for refused, without advice on the console", async () => {
  const refusal = "-ERR wrong number of arguments for 'auth' command\r\n";
  const old = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (socket) => void socket.write(refusal) } });
  const client = connect("pw", { port: old.port, username: "me" });
  const troubles: unknown[] = [];
  client.on("error", (error: unknown) => troubles.push(troubleIn(error)));

  await until(() => troubles.length > 0);

  expect(troubles[0]).toBe("WRONGPASS");
  expect(warn).not.toHaveBeenCalled();
  client.disconnect();
  old.stop(true);
});
