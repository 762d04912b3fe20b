import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { proxyFor, withholdProxies } from "../../../src/io/http/proxy.ts";

const NONE = { http_proxy: "", https_proxy: "", no_proxy: "" };

afterEach(() => {
  // What is withheld is kept for the whole process: later tests begin with proxies that exempt everything.
  withholdProxies({ ...NONE, no_proxy: "*" });
});

describe("proxyFor()", () => {
  test.each([
    ["https://api.example/v1", "http://proxy.example:3128"],
    ["http://gateway.example/v1", "http://plain.example:8080"],
    ["https://inner.corp.example/v1", undefined],
    ["https://corp.example/v1", undefined],
    ["https://notcorp.example/v1", "http://proxy.example:3128"],
    ["https://other.example:8443/v1", undefined],
    ["http://127.0.0.1:8080/", undefined],
    ["http://localhost:8080/", undefined],
    ["no address", undefined],
  ])("%s is asked through %p", (address, proxy) => {
    withholdProxies({
      HTTPS_PROXY: "http://proxy.example:3128",
      http_proxy: "plain.example:8080",
      NO_PROXY: ".corp.example, other.example:8443",
    });

    expect(proxyFor(address)).toBe(proxy);
  });
});

test("withholdProxies() leaves none in the environment, in either spelling", () => {
  const environment: Record<string, string | undefined> = {
    HTTP_PROXY: "http://a:1",
    https_proxy: "http://a:1",
    no_proxy: "b",
    PATH: "/bin",
  };

  withholdProxies(environment);

  expect(environment).toEqual({ PATH: "/bin" });
});

test("a process with a proxy in its environment probes addresses directly", async () => {
  await using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("direct") });
  const file = JSON.stringify(join(import.meta.dir, "../../../src/io/http/proxy.ts"));
  const script = `
    const { withholdProxies } = await import(${file});
    withholdProxies();
    console.log(await (await fetch("http://127.0.0.1:${server.port}/")).text());
  `;
  const dead = "http://127.0.0.1:1";

  const child = Bun.spawn([process.execPath, "-e", script], {
    env: { ...process.env, HTTP_PROXY: dead, http_proxy: dead },
    stderr: "pipe",
  });

  expect((await new Response(child.stdout).text()).trim()).toBe("direct");
});
