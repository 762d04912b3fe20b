import { expect, test } from "bun:test";
import { acceptsTcp, exchange, parseHostPort, takeFreePort } from "../../src/io/tcp.ts";

test("takeFreePort() gives out no port twice, and none that is in use", () => {
  const taken = new Set<number>();

  const ports = Array.from({ length: 50 }, () => takeFreePort(taken));

  expect(new Set(ports).size).toBe(50);
  const [first = 0] = ports;
  using listener = Bun.listen({ hostname: "127.0.0.1", port: first, socket: { data: () => undefined } });
  expect(listener.port).toBe(first);
});

test("takeFreePort() says that there is none", () => {
  const all = new Set(Array.from({ length: 65_536 }, (_, port) => port));

  expect(() => takeFreePort(all)).toThrow("Cannot find a free port");
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

test("parseHostPort() splits at the last colon", () => {
  expect(parseHostPort("::1:6379")).toEqual({ host: "::1", port: 6379 });
});
