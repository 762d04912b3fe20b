import { describe, expect, test } from "bun:test";
import {
  acceptsTcp,
  exchange,
  formatHostPort,
  parseHostPort,
  takeFreePort,
  transcribe,
} from "../../../src/io/system/tcp.ts";

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

describe("transcribe()", () => {
  const signal = AbortSignal.timeout(5000);

  test("tells what came until the other end is quiet", async () => {
    using echo = answering((socket, bytes) => void socket.write(bytes));

    const transcript = await transcribe(`127.0.0.1:${echo.port}`, { send: "PING", signal });

    expect(transcript).toMatchObject({ closed: false, bytes: 4, beginning: "PING" });
    expect(transcript.connectedMs).toBeLessThanOrEqual(transcript.firstByteMs ?? 0);
  });

  test("keeps only how a long answer begins, and tells its length and who closed", async () => {
    using talker = answering((socket) => void socket.end("x".repeat(2000)));

    const transcript = await transcribe(`127.0.0.1:${talker.port}`, { send: "PING", signal });

    expect(transcript).toMatchObject({ closed: true, bytes: 2000, beginning: "x".repeat(512) });
  });

  test("tells a refused connection from one that stays silent", async () => {
    using mute = answering(() => undefined);
    const silent = await transcribe(`127.0.0.1:${mute.port}`, { send: "PING", signal: AbortSignal.timeout(50) });
    mute.stop(true);
    const refused = await transcribe(`127.0.0.1:${mute.port}`, { send: "PING", signal });

    expect(silent).toMatchObject({ connectedMs: expect.any(Number), closed: false, bytes: 0 });
    expect(refused).not.toHaveProperty("connectedMs");
    expect(refused).toMatchObject({ closed: false, bytes: 0, beginning: "" });
  });
});

function answering(data: (socket: Bun.Socket, bytes: Buffer) => void): Bun.TCPSocketListener {
  return Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data } });
}

test.each(["127.0.0.1:6379", "[::1]:6379"])("formatHostPort() writes %s as it was read", (text) => {
  expect(formatHostPort(parseHostPort(text))).toBe(text);
});

test("parseHostPort() splits at the last colon", () => {
  expect(parseHostPort("::1:6379")).toEqual({ host: "::1", port: 6379 });
});
