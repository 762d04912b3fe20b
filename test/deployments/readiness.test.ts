import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderOf } from "../../src/deployments/local/folder/folder.ts";
import { writeSecrets } from "../../src/deployments/local/folder/secrets.ts";
import { isReady } from "../../src/deployments/local/readiness.ts";
import { type RedisServer, startRedis } from "../redis-server.ts";

const home = mkdtempSync(join(tmpdir(), "operator-ready-"));
const folder = folderOf(home, "toy");
const signal = AbortSignal.timeout(30_000);
let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
  await redis.cli("config", "set", "requirepass", "right one");
  writeSecrets({ right: "right one", wrong: "wrong" }, folder);
});

afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

test.each([
  ["right", true],
  ["wrong", false],
  [undefined, false],
])("isReady() of a Redis that demands a password is, with the %p one, %p", async (password, ready) => {
  const asked = { by: "redis", ...(password !== undefined && { password }) } as const;

  expect(await isReady(asked, { address: `127.0.0.1:${redis.port}`, folder, signal })).toBe(ready);
});

test("isReady() waits for an answer that comes in pieces", async () => {
  using server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        socket.write("+OK\r\n");
        setTimeout(() => socket.write("+PONG\r\n"), 50);
      },
    },
  });
  const address = `127.0.0.1:${server.port}`;

  expect(await isReady({ by: "redis", password: "right" }, { address, folder, signal })).toBe(true);
});
