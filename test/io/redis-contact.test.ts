import { afterAll, expect, test } from "bun:test";
import { parseRedisUrl } from "../../src/io/redis-address.ts";
import { contactTrouble, firstByteMs } from "../../src/io/redis-contact.ts";
import { startRedis } from "../redis-server.ts";

const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
afterAll(() => listener.stop(true));
const open = `127.0.0.1:${listener.port}`;

test.each([
  ["one that nobody listens at", "redis://127.0.0.1:1", "ECONNREFUSED"],
  ["an unknown name", "redis://no.such.host.invalid", "ENOTFOUND"],
  ["one without TLS that TLS is wanted of", `rediss://${open}`, "tls"],
  ["one that accepts connections", `redis://${open}`, undefined],
  ["several of which one accepts connections", `redis+cluster://127.0.0.1:1,${open}`, undefined],
  ["several of which none does", "redis+sentinel://127.0.0.1:1,127.0.0.1:2/limits", "ECONNREFUSED"],
] as const)("contactTrouble() of %s", async (_what, url, trouble) => {
  expect(await contactTrouble(parseRedisUrl(url))).toBe(trouble);
});

test("firstByteMs() gets an answer without a password, and Redis counts no error for it", async () => {
  await using server = await startRedis();
  await server.cli("config", "set", "requirepass", "secret");
  const [host = "", port = "0"] = new URL(server.url).host.split(":");

  const ms = await firstByteMs({ host, port: Number(port), tls: false }, 5000);

  expect(ms).toBeGreaterThan(0);
  expect(await server.cli("-a", "secret", "--no-auth-warning", "info", "errorstats")).not.toContain("errorstat_");
});

test("firstByteMs() answers nothing of what accepts connections and sends nothing, or of what does not listen", async () => {
  const silent = { host: "127.0.0.1", port: listener.port, tls: false };

  expect(await firstByteMs(silent, 50)).toBeUndefined();
  expect(await firstByteMs({ ...silent, port: 1 }, 50)).toBeUndefined();
});

test("firstByteMs() keeps no process alive that has nothing else to do", async () => {
  const place = JSON.stringify({ host: "127.0.0.1", port: listener.port, tls: false });
  const contact = new URL("../../src/io/redis-contact.ts", import.meta.url).href;
  const script = `import { firstByteMs } from ${JSON.stringify(contact)}; void firstByteMs(${place}, 600_000); await Bun.sleep(100);`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdio: ["ignore", "ignore", "inherit"] });

  expect(await child.exited).toBe(0);
});
