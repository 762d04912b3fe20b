import { expect, test } from "bun:test";
import { acceptsTcp, exchange, formatHostPort, parseHostPort, takeFreePort } from "../../src/io/tcp.ts";

test("takeFreePort() gives out no port twice, and none that is in use", () => {
  const first = takeFreePort();
  using listener = Bun.listen({ hostname: "127.0.0.1", port: first + 1, socket: { data: () => undefined } });

  const ports = [first, takeFreePort(), takeFreePort()];

  expect(new Set(ports).size).toBe(3);
  expect(ports).not.toContain(listener.port);
});

test("acceptsTcp() sees whether somebody listens", async () => {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const address = `127.0.0.1:${listener.port}`;
  const signal = AbortSignal.timeout(5000);

  expect(await acceptsTcp(address, signal)).toBe(true);
  expect(await acceptsTcp(address, AbortSignal.abort())).toBe(false);
  listener.stop(true);
  expect(await acceptsTcp(address, signal)).toBe(false);
});

test("exchange() answers the first bytes that come back, or nothing when the time is up", async () => {
  using echo = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, bytes) => void (bytes.toString() === "mute" || socket.write(bytes)) },
  });
  const address = `127.0.0.1:${echo.port}`;

  expect(await exchange(address, { send: "hello", signal: AbortSignal.timeout(5000) })).toBe("hello");
  expect(await exchange(address, { send: "mute", signal: AbortSignal.timeout(50) })).toBeUndefined();
});

test.each(["127.0.0.1:6379", "[::1]:6379"])("formatHostPort() writes %s as it was read", (text) => {
  expect(formatHostPort(parseHostPort(text))).toBe(text);
});

test("parseHostPort() splits at the last colon", () => {
  expect(parseHostPort("::1:6379")).toEqual({ host: "::1", port: 6379 });
});
