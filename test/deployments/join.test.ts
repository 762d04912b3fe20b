import { expect, test } from "bun:test";
import type { Topology } from "../../src/core/system/picture.ts";
import type { DeployedComponent } from "../../src/core/system/process.ts";
import { joinComponents } from "../../src/deployments/join.ts";

const one: DeployedComponent = { id: "node/1", kind: "node", address: "127.0.0.1:7001", linkAddresses: [] };
const two: DeployedComponent = { id: "node/2", kind: "node", address: "127.0.0.1:7002", linkAddresses: [] };
const redis: DeployedComponent = {
  id: "redis/main",
  kind: "redis",
  address: "127.0.0.1:7000",
  linkAddresses: ["127.0.0.1:7100"],
};

test("joinComponents() believes an address more than a name", () => {
  const joined = join({ id: "node/1", kind: "node", address: two.address });

  expect(joined).toEqual([["node/1", two]]);
});

test.each(["127.0.0.1:7100", "localhost:7000", "redis://127.0.0.1:7000/", "[::1]:7000"])(
  "joinComponents() finds a part behind %s",
  (address) => {
    expect(join({ id: "cache/shared", kind: "cache", address })).toEqual([["cache/shared", redis]]);
  },
);

test("joinComponents() goes by the name where there is no address, or an unknown one", () => {
  const joined = join({ id: "node/1", kind: "node" }, { id: "node/2", kind: "node", address: "10.0.0.1:1" });

  expect(joined).toEqual([
    ["node/1", one],
    ["node/2", two],
  ]);
});

test("joinComponents() leaves out what the deployment does not run", () => {
  expect(join({ id: "clients/web", kind: "clients" })).toEqual([]);
});

function join(...components: Topology["components"]): readonly unknown[] {
  return [...joinComponents({ components, links: [], groups: [] }, { components: [one, two, redis] })];
}
