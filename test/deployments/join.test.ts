import { expect, test } from "bun:test";
import type { Topology } from "../../src/core/system/picture.ts";
import type { Part } from "../../src/deployments/deployment.ts";
import { joinParts } from "../../src/deployments/join.ts";

const one: Part = { id: "node/1", kind: "node", address: "127.0.0.1:7001", linkAddresses: [] };
const two: Part = { id: "node/2", kind: "node", address: "127.0.0.1:7002", linkAddresses: [] };
const redis: Part = { id: "redis/main", kind: "redis", address: "127.0.0.1:7000", linkAddresses: ["127.0.0.1:7100"] };

test("joinParts() believes an address more than a name", () => {
  const joined = join({ id: "node/1", kind: "node", address: two.address });

  expect(joined).toEqual([["node/1", two]]);
});

test.each(["127.0.0.1:7100", "localhost:7000", "redis://127.0.0.1:7000/", "[::1]:7000"])(
  "joinParts() finds a part behind %s",
  (address) => {
    expect(join({ id: "cache/shared", kind: "cache", address })).toEqual([["cache/shared", redis]]);
  },
);

test("joinParts() goes by the name where there is no address, or an unknown one", () => {
  const joined = join({ id: "node/1", kind: "node" }, { id: "node/2", kind: "node", address: "10.0.0.1:1" });

  expect(joined).toEqual([
    ["node/1", one],
    ["node/2", two],
  ]);
});

test("joinParts() leaves out what the deployment does not run", () => {
  expect(join({ id: "clients/web", kind: "clients" })).toEqual([]);
});

function join(...components: Topology["components"]): readonly unknown[] {
  return [...joinParts({ components, links: [], groups: [] }, { parts: [one, two, redis] })];
}
