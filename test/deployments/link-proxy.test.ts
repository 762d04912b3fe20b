import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect, createServer, type Server, type Socket } from "node:net";
import { LinkProxy } from "../../src/deployments/local/links/link-proxy.ts";
import { parseHostPort } from "../../src/io/system/tcp.ts";
import { until } from "../until.ts";

let server: Server;
let arrived: Set<Socket>;
let proxy: LinkProxy;

/** A server that answers every byte with the same byte. */
beforeEach(async () => {
  arrived = new Set();
  server = createServer((socket) => {
    arrived.add(socket);
    socket.on("data", (bytes) => socket.write(bytes));
    socket.on("close", () => arrived.delete(socket));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  proxy = new LinkProxy({ listen: "127.0.0.1:0", target: `127.0.0.1:${port}` });
});

afterEach(() => {
  proxy[Symbol.dispose]();
  for (const socket of arrived) socket.destroy();
  server.close();
});

test("LinkProxy passes bytes both ways in order, more than any buffer holds", async () => {
  const client = new Client();
  const sent = Buffer.alloc(20_000_000, "0123456789abcdefg");

  client.socket.write(sent);
  await until(() => client.bytes >= sent.length);

  expect(Buffer.concat(client.received).equals(sent)).toBe(true);
  client.socket.destroy();
});

test("LinkProxy closes one side when the other has closed, after the last byte", async () => {
  const client = new Client();
  await client.roundTrip("a");

  for (const socket of arrived) socket.end("last words");
  await until(() => client.closed);

  expect(client.text()).toBe("alast words");
});

test("LinkProxy tells the server when the client has gone", async () => {
  const client = new Client();
  await client.roundTrip("a");

  client.socket.end();

  await until(() => arrived.size === 0);
});

test("LinkProxy closes a new connection if nothing listens behind it", async () => {
  server.close();
  const client = new Client();

  await until(() => client.closed);

  expect(client.bytes).toBe(0);
});

describe("LinkProxy.cut()", () => {
  test("stalls what is connected, without closing it", async () => {
    const client = new Client();
    await client.roundTrip("before ");

    proxy.cut();
    client.socket.write("lost");
    for (const socket of arrived) socket.write("lost too");
    await Bun.sleep(100);

    expect(client.text()).toBe("before ");
    expect(client.closed).toBe(false);
    expect(arrived.size).toBe(1);
    client.socket.destroy();
  });

  test("answers new connections with silence, not with a refusal", async () => {
    proxy.cut();

    const client = new Client();
    client.socket.write("anyone?");
    await until(() => client.connected);
    await Bun.sleep(100);

    expect([client.bytes, client.closed, arrived.size]).toEqual([0, false, 0]);
    client.socket.destroy();
  });

  test("hides from each side that the other has gone", async () => {
    const client = new Client();
    await client.roundTrip("a");

    proxy.cut();
    client.socket.destroy();
    await until(() => client.closed);
    await Bun.sleep(100);

    expect(arrived.size).toBe(1);
  });
});

describe("LinkProxy.heal()", () => {
  test("closes both ends of what stalled, and lets new connections pass", async () => {
    const stalled = new Client();
    await stalled.roundTrip("a");
    proxy.cut();
    const silent = new Client();
    await until(() => silent.connected);

    proxy.heal();
    await until(() => stalled.closed && silent.closed && arrived.size === 0);

    const fresh = new Client();
    await fresh.roundTrip("again");
    fresh.socket.destroy();
  });

  test("leaves alone what a delay only slowed, and delivers it at once", async () => {
    const client = new Client();
    await client.roundTrip("a");
    proxy.delay(3_600_000);
    client.socket.write("b");
    await Bun.sleep(50);

    proxy.heal();

    await until(() => client.text() === "ab");
    client.socket.destroy();
  });
});

test("LinkProxy.delay() holds every byte back, each way, and keeps their order", async () => {
  const client = new Client();
  await client.roundTrip("a");
  proxy.delay(150);

  const begun = performance.now();
  client.socket.write("b");
  await Bun.sleep(20);
  client.socket.write("c");
  await until(() => client.text() === "abc");

  expect(performance.now() - begun).toBeGreaterThanOrEqual(299);
  client.socket.destroy();
});

test("LinkProxy.delay() still delivers the last bytes of a connection that closed", async () => {
  const client = new Client();
  await client.roundTrip("a");
  proxy.delay(100);

  for (const socket of arrived) socket.end("z");

  await until(() => client.closed);
  expect(client.text()).toBe("az");
});

test("LinkProxy.throttle() shares its bandwidth between connections", async () => {
  const [one, other] = [new Client(), new Client()];
  await Promise.all([one.roundTrip("a"), other.roundTrip("a")]);
  proxy.throttle(10_000);

  const begun = performance.now();
  one.socket.write(Buffer.alloc(1500));
  other.socket.write(Buffer.alloc(1500));
  await until(() => one.bytes + other.bytes >= 3002);

  expect(performance.now() - begun).toBeGreaterThanOrEqual(299);
  for (const { socket } of [one, other]) socket.destroy();
});

test("LinkProxy frees its port and drops its connections when it is disposed", async () => {
  const client = new Client();
  await client.roundTrip("a");
  const listen = proxy.address;

  proxy[Symbol.dispose]();

  await until(() => client.closed && arrived.size === 0);
  using again = new LinkProxy({ listen, target: listen });
  expect(again.address).toBe(listen);
});

class Client {
  readonly socket: Socket;
  readonly received: Buffer[] = [];
  bytes = 0;
  connected = false;
  closed = false;

  constructor() {
    this.socket = connect({ ...parseHostPort(proxy.address) });
    this.socket.on("connect", () => (this.connected = true));
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => (this.closed = true));
    this.socket.on("data", (bytes: Buffer) => {
      this.received.push(bytes);
      this.bytes += bytes.length;
    });
  }

  text(): string {
    return Buffer.concat(this.received).toString();
  }

  async roundTrip(text: string): Promise<void> {
    const wanted = this.bytes + text.length;
    this.socket.write(text);
    await until(() => this.bytes >= wanted);
  }
}
