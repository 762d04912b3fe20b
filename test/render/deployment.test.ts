import { expect, test } from "bun:test";
import { renderDeployment, renderStored } from "../../src/render/deployment.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");

test("renderDeployment() shows of each component its process, or how it ended", () => {
  const components = [
    { id: "lamp/1", address: "127.0.0.1:1", state: "running", pid: 7, startedAtMs: NOW_MS - 61_500 },
    { id: "lamp/2", address: "127.0.0.1:2", state: "running", pid: 8, startedAtMs: NOW_MS },
    { id: "lamp/3", address: "127.0.0.1:3", state: "exited", exit: { atMs: NOW_MS, code: 1, signal: null } },
    { id: "lamp/4", address: "127.0.0.1:4" },
  ] as const;
  const deployment = {
    instance: { subject: "lamps", name: "hall" },
    components,
    secretsFolder: "/home/ada/secrets",
    standing: ["actions at approve"],
  };

  expect(renderDeployment(deployment, NOW_MS)).toEqual([
    "lamps hall",
    "  lamp/1  127.0.0.1:1  running  pid 7, up 1m1s",
    "  lamp/2  127.0.0.1:2  running  pid 8, just started",
    "  lamp/3  127.0.0.1:3  exited   code 1 at 2026-01-02T03:04:05.000Z",
    "  lamp/4  127.0.0.1:4",
    "  actions at approve",
    "  token and passwords are in /home/ada/secrets",
  ]);
});

test("renderDeployment() says that stand-ins run", () => {
  const emulated = {
    instance: { subject: "hall", name: "hall", emulated: true },
    components: [],
    secretsFolder: undefined,
    standing: [],
  } as const;

  expect(renderDeployment(emulated, NOW_MS)).toEqual(["hall (emulated)"]);
});

test("renderStored() shows how an instance stands that this home does not run", () => {
  expect(renderStored({ subject: "lamps", name: "hall" }, ["actions at observe"])).toEqual([
    "lamps hall",
    "  no deployment of this home",
    "  actions at observe",
  ]);
});
