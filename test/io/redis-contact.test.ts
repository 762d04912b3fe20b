import { afterAll, expect, test } from "bun:test";
import { parseRedisUrl } from "../../src/io/redis-address.ts";
import { contactTrouble } from "../../src/io/redis-contact.ts";

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
