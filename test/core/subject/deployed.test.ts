import { describe, expect, test } from "bun:test";
import { type DeploymentReading, joinPicture, readDeployment } from "../../../src/core/subject/deployed.ts";
import type { Component, Picture } from "../../../src/core/system/picture.ts";
import type { DeployedProcess } from "../../../src/core/system/process.ts";
import { VirtualClock } from "../../virtual-clock.ts";

const ADDRESS = "127.0.0.1:7001";
const EXIT = { atMs: 900, code: null, signal: "SIGKILL" };
const dead: DeployedProcess = {
  id: "lamp/1",
  kind: "lamp",
  address: ADDRESS,
  linkAddresses: [],
  state: "exited",
  exit: EXIT,
};

describe("joinPicture()", () => {
  test("puts a process with its fate and its owner beside its component", () => {
    const { picture } = join({ state: "down", address: ADDRESS });

    expect(picture.components[0]?.process).toEqual({ state: "exited", exit: EXIT, address: ADDRESS, owner: "toy" });
  });

  test.each<[string, Partial<Component>, Partial<DeploymentReading>, object]>([
    ["what answers and is run at its address", { state: "up", address: ADDRESS }, {}, { verdict: "holds" }],
    [
      "what says that it is another",
      { state: "up", address: ADDRESS, identity: "lamp/2" },
      {},
      { verdict: "violated", reason: "wrong-identity", evidence: { address: ADDRESS, identity: "lamp/2" } },
    ],
    [
      "what is at an address where the deployment runs nothing",
      { state: "up", address: "127.0.0.1:9" },
      {},
      { verdict: "violated", reason: "foreign-address" },
    ],
    ["what does not answer", { state: "down", address: ADDRESS }, {}, { verdict: "unknown", reason: "not-told" }],
    [
      "what a deployment that does not answer may run",
      { state: "up", address: ADDRESS, identity: "lamp/1" },
      { processes: [], failed: "no answer within 2s" },
      { verdict: "unknown", reason: "not-read", summary: "The deployment cannot be read: no answer within 2s" },
    ],
  ])("judges %s", (_, component, reading, expected) => {
    const { judgements } = join(component, reading);

    expect(judgements).toMatchObject([
      { invariant: "component-identity", entity: "lamp/1", on: "lamp/1", ...expected },
    ]);
  });

  test.each<[string, Partial<Component>, Partial<DeployedProcess>]>([
    ["answers", { state: "up", probe: "answered" }, {}],
    ["answers and names the component", { state: "up", probe: "answered", identity: "lamp/1" }, {}],
    ["answers something else", { probe: "foreign-answer" }, { state: "stopped" }],
    ["answers where the process never started", { probe: "refused-access" }, { state: "never-started" }],
  ])("knows that something else %s after the process has ended", (_, component, process) => {
    const { picture, displaced, judgements } = join(
      { state: "down", address: ADDRESS, probedAtMs: 901, ...component },
      { processes: [{ ...dead, ...process }] },
    );

    expect([...displaced.keys()]).toEqual(["lamp/1"]);
    expect(picture.components[0]).toMatchObject({ state: "down", probe: "wrong-identity" });
    expect(judgements).toMatchObject([{ verdict: "violated", reason: "wrong-identity", on: "lamp/1" }]);
  });

  test.each([
    ["takes connections and says nothing, while others answer in time", "answered", "wrong-identity"],
    ["is not heard in time, as nobody is", "timed-out", "timed-out"],
  ] as const)("of what %s after the process has ended", (_, others, expected) => {
    const silent = {
      id: "lamp/1",
      kind: "lamp",
      state: "down",
      address: ADDRESS,
      probedAtMs: 901,
      probe: "timed-out",
    } as const;
    const other = { id: "lamp/2", kind: "lamp", state: "down", probe: others } as const;

    const { picture } = joinPicture(
      { atMs: 1000, components: [silent, other], links: [], series: [] },
      { reading: { owner: "toy", processes: [dead], atMs: 1000 }, atMs: 1000, tellers: new Set() },
    );

    expect(picture.components[0]?.probe).toBe(expected);
  });

  test.each<[string, Partial<Component>, Partial<DeployedProcess>]>([
    ["nothing listens", { probe: "refused" }, {}],
    ["there is no way to it", { probe: "unreachable" }, {}],
    ["it was not probed", {}, {}],
    ["it was probed before its process ended", { probe: "answered", probedAtMs: 900 }, {}],
    ["its process runs", { probe: "foreign-answer" }, { state: "running" }],
    ["its process is stopped by a signal", { probe: "timed-out" }, { state: "hung" }],
    ["a link's proxy answers", { probe: "incomplete-answer" }, { address: "127.0.0.1:7", linkAddresses: [ADDRESS] }],
  ])("takes a component for itself where %s", (_, component, process) => {
    const { picture, displaced } = join(
      { state: "down", address: ADDRESS, probedAtMs: 901, ...component },
      { processes: [{ ...dead, ...process }] },
    );

    expect(displaced.size).toBe(0);
    expect(picture.components[0]?.probe).toBe(component.probe);
  });

  test("joins nothing where it is violated", () => {
    const { picture } = join({ state: "up", address: ADDRESS, identity: "lamp/2" });

    expect(picture.components[0]?.process).toBeUndefined();
  });

  test("judges what a component says of itself without any deployment, and nothing else", () => {
    const components: readonly Component[] = [
      { id: "lamp/1", kind: "lamp", state: "up", identity: "lamp/1" },
      { id: "lamp/2", kind: "lamp", state: "up" },
    ];

    const { judgements, sources } = joinPicture(pictureOf(components), { atMs: 1000, tellers: new Set() });

    expect(judgements.map(({ entity, verdict, readAtMs }) => [entity, verdict, readAtMs])).toEqual([
      ["lamp/1", "holds", 1000],
    ]);
    expect(sources).toEqual([]);
  });

  test("goes on judging what has told its identity before and is silent now", () => {
    const components: readonly Component[] = [{ id: "lamp/1", kind: "lamp", state: "down" }];

    const { judgements } = joinPicture(pictureOf(components), { atMs: 1000, tellers: new Set(["lamp/1"]) });

    expect(judgements).toMatchObject([{ verdict: "unknown", reason: "not-told" }]);
  });

  test("names the deployment as a source, and why it does not answer", () => {
    expect(join({}).sources).toEqual([{ name: "deployment" }]);
    expect(join({}, { failed: "gone" }).sources).toEqual([{ name: "deployment", failed: "gone" }]);
  });
});

test("readDeployment() gives up on a deployment that does not answer in time", async () => {
  const clock = new VirtualClock();

  const reading = readDeployment({ owner: "toy", read: () => new Promise(() => {}) }, clock);
  await clock.advance(2000);

  expect(await reading).toMatchObject({ owner: "toy", processes: [], failed: "no answer within 2s" });
});

function join(component: Partial<Component>, reading: Partial<DeploymentReading> = {}) {
  const components: readonly Component[] = [{ id: "lamp/1", kind: "lamp", state: "up", ...component }];
  return joinPicture(pictureOf(components), {
    reading: { owner: "toy", atMs: 1000, processes: [dead], ...reading },
    atMs: 1000,
    tellers: new Set(),
  });
}

function pictureOf(components: readonly Component[]): Picture {
  return { atMs: 1000, components, links: [], series: [] };
}
