import { expect, test } from "bun:test";
import { type Joinable, joinDeployed } from "../../../src/core/system/join.ts";
import type { DeployedComponent } from "../../../src/core/system/process.ts";

const one: DeployedComponent = { id: "member/1", kind: "member", address: "127.0.0.1:7001", linkAddresses: [] };
const two: DeployedComponent = { id: "member/2", kind: "member", address: "127.0.0.1:7002", linkAddresses: [] };
const hub: DeployedComponent = {
  id: "hub/main",
  kind: "hub",
  address: "127.0.0.1:7000",
  linkAddresses: ["127.0.0.1:7100"],
};

test.each<[string, Joinable, DeployedComponent]>([
  ["its address", { id: "member/1", address: "127.0.0.1:7001" }, one],
  ["its address, under another name of the subject's", { id: "peer/a", address: "127.0.0.1:7001" }, one],
  ["the address of a link to it", { id: "hub/main", address: "127.0.0.1:7100" }, hub],
  ["localhost", { id: "hub/main", address: "localhost:7000" }, hub],
  ["a URL", { id: "hub/main", address: "proto://127.0.0.1:7000/" }, hub],
  ["a short loopback address", { id: "hub/main", address: "127.1:7000" }, hub],
  ["a name in capitals", { id: "hub/main", address: "LocalHost:7000" }, hub],
  ["IPv6 loopback", { id: "hub/main", address: "[::1]:7000" }, hub],
  ["its name where no address is known", { id: "member/2" }, two],
  ["its address and what it says of itself", { id: "member/2", address: two.address, identity: "member/2" }, two],
])("joinDeployed() joins by %s", (_, component, deployed) => {
  expect(joined(component)).toEqual({ deployed });
});

test.each<[string, Joinable, object]>([
  [
    "another's address",
    { id: "member/1", address: two.address },
    {
      reason: "foreign-address",
      summary: "member/1 is at 127.0.0.1:7002, but the deployment runs member/2 there, and member/1 at 127.0.0.1:7001",
    },
  ],
  [
    "an address that the deployment does not know",
    { id: "member/1", address: "10.0.0.1:1" },
    {
      reason: "foreign-address",
      summary: "member/1 is at 10.0.0.1:1, but the deployment runs it at 127.0.0.1:7001",
    },
  ],
  [
    "another identity at the right address",
    { id: "member/1", address: one.address, identity: "member/2" },
    { reason: "wrong-identity", summary: "member/1 at 127.0.0.1:7001 says that it is member/2" },
  ],
  [
    "another identity where nothing is deployed",
    { id: "peer/a", identity: "peer/b" },
    { reason: "wrong-identity", summary: "peer/a says that it is peer/b" },
  ],
])("joinDeployed() does not guess at %s", (_, component, conflict) => {
  expect(joined(component)).toEqual({ conflict });
});

test("joinDeployed() leaves out what the deployment does not run", () => {
  expect(joined({ id: "clients/web" })).toBeUndefined();
  expect(joined({ id: "peer/a", address: "10.0.0.1:1", identity: "peer/a" })).toBeUndefined();
});

function joined(component: Joinable): unknown {
  return joinDeployed([component], [one, two, hub]).get(component.id);
}
