import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { BoundAction } from "../../src/core/subject/action.ts";
import type { Topology } from "../../src/core/system/picture.ts";
import type { ComponentProcess } from "../../src/core/system/process.ts";
import { InvalidInputError } from "../../src/core/text/errors.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";
import type { Mechanism } from "../../src/core/words/mechanism.ts";
import { deploymentActions } from "../../src/deployments/actions.ts";
import type { Deployment, Links, Powers, Processes } from "../../src/deployments/deployment.ts";
import { toyDeployment } from "../toy/lab.ts";
import { until } from "../until.ts";
import { type Running, runHere } from "./running.ts";
import { standIn } from "./stand-in.ts";

const signal = new AbortController().signal;
const LINK = "node/1->redis/main";
/** What the subject calls `node/1`. */
const input = { component: "member/a" };

let running: Running;
let deployment: Deployment;
let processes: Processes;
let links: Links;
let actions: ReadonlyMap<string, BoundAction>;

beforeAll(async () => {
  running = await runHere(standIn());
  ({ deployment, processes, links } = running);
  const node = deployment.components.find(({ id }) => id === "node/1");
  const topology: Topology = {
    components: [{ id: "member/a", kind: "member", address: node?.address ?? "" }],
    links: [],
    groups: [],
  };
  actions = deploymentActions(deployment, { topology: () => topology });
}, 120_000);

afterAll(() => running[Symbol.asyncDispose]());

test("deploymentActions() offers what repairs, and to stop in good order", () => {
  expect([...actions].map(([id, { risk }]) => `${id}: ${risk}`)).toEqual([
    "start-component: reversible",
    "stop-component: disruptive",
    "restart-component: disruptive",
    "resume-component: reversible",
    "reconnect-component: reversible",
  ]);
});

test("deploymentActions() offers only what the deployment has the power to do", () => {
  const offered = (powers: Partial<Powers>) => [...deploymentActions({ ...toyDeployment(), ...powers }).keys()];

  expect(offered({})).toEqual([]);
  expect(offered({ links })).toEqual(["reconnect-component"]);
  expect(offered({ processes })).toEqual([
    "start-component",
    "stop-component",
    "restart-component",
    "resume-component",
  ]);
});

test.each([
  ["hang", { state: "running" }, ["restart-component"]],
  ["hang", { state: "hung" }, ["restart-component", "resume-component"]],
  ["hang", undefined, ["restart-component", "resume-component"]],
  ["crash", { state: "exited" }, ["start-component"]],
  ["crash", { state: "running" }, []],
  ["resource-exhaustion", { state: "running" }, ["restart-component"]],
  ["clock-skew", { state: "running" }, ["restart-component"]],
] as const)("deploymentActions() helps against a %s of a process that is %o with %j", (mechanism, process, ids) => {
  expect(helping({ mechanism, id: "member/a", process })).toEqual(ids);
});

test("deploymentActions() does not let go on what answers in between", () => {
  const process = { state: "hung", address: "", owner: "toy" } as const;
  const component = { id: "member/a", kind: "member", state: "up", probe: "answered", process } as const;

  expect(action("resume-component").unfit?.({ mechanism: "hang", component })).toBe(
    "member/a answers at intervals, so it resumes by itself",
  );
  expect(
    action("resume-component").unfit?.({ mechanism: "hang", component: { ...component, probe: "timed-out" } }),
  ).toBeUndefined();
});

test("deploymentActions() tells a component that waits over its link from one that is slow itself", () => {
  const needed = deployment.components.find(({ id }) => id === "redis/main");
  const components = [{ id: "redis/main" as const, kind: "redis", address: needed?.address ?? "" }];
  const offered = deploymentActions(deployment, { topology: () => ({ components, links: [], groups: [] }) });

  expect(helping({ mechanism: "slow-dependency", id: "member/a", process: { state: "running" } })).toEqual([
    "reconnect-component",
  ]);
  expect(helping({ mechanism: "slow-dependency", id: "redis/main", process: { state: "running" } }, offered)).toEqual([
    "restart-component",
  ]);
});

describe("preview", () => {
  test("names the command and, in the subject's words, what it touches", () => {
    const preview = action("start-component").preview(input);

    expect(preview.sends).toMatch(/^spawn .* -e /);
    expect(preview).toMatchObject({ entities: ["member/a"], stops: [] });
  });

  test("names every link that is healed", () => {
    const { sends } = action("reconnect-component").preview(input);

    expect(sends).toMatch(/^heal link node\/1->redis\/main at 127.0.0.1:\d+$/);
  });

  test("says that a restart stops the component meanwhile", () => {
    expect(action("restart-component").preview(input).stops).toEqual(["member/a"]);
  });

  test("refuses what is no component, is unknown, or has no link", async () => {
    const { id, subject, settings, components } = deployment;
    const unlinked = { ...toyDeployment(), id, subject, settings, components, links: { ...links, all: [] } };
    const alone = deploymentActions(unlinked).get("reconnect-component");

    expect(() => action("start-component").preview({ component: "node" })).toThrow(InvalidInputError);
    expect(() => action("start-component").preview({ component: "node/9" })).toThrow(
      'Cannot find component "node/9" in deployment "toy", expected one of member/a, redis/main, node/1, node/2',
    );
    expect(() => alone?.preview({ component: "node/1" })).toThrow("it has no link, expected at least one");
  });
});

test("start-component brings a dead component back, and its post-condition sees both", async () => {
  const { run, postCondition } = action("start-component");
  await processes.kill("node/1");
  const before = await postCondition(input, signal);

  const did = await run(input, signal);

  expect(before).toBe(false);
  expect(did).toBe("Started member/a");
  await until(() => postCondition(input, signal));
});

test("start-component fixes a crash of what runs beside the subject, too, and of nothing that runs elsewhere", () => {
  const crash = (id: ComponentId) => ({ mechanism: "crash", component: { id, kind: "", state: "down" } }) as const;
  const { fixes } = action("start-component");

  expect(fixes?.(crash("redis/main"))).toEqual({ component: "redis/main" });
  expect(fixes?.(crash("meter/main"))).toBeUndefined();
});

test("start-component refuses a component whose process is suspended, and says what helps", async () => {
  await processes.hang("node/1");

  await expect(action("start-component").run(input, signal)).rejects.toThrow(
    "is suspended. Restart it with: operator restart",
  );

  await processes.resume("node/1");
});

test("resume-component lets a hung component go on, whose post-condition no open port deceives", async () => {
  const { run, postCondition } = action("resume-component");
  await processes.hang("node/1");
  const before = await postCondition(input, signal);

  await run(input, signal);

  expect(before).toBe(false);
  expect(await postCondition(input, signal)).toBe(true);
});

test("restart-component gives a component a fresh process", async () => {
  const { run, postCondition } = action("restart-component");
  const before = await pidOf("node/1");

  await run(input, signal);
  await until(() => postCondition(input, signal));

  expect(await pidOf("node/1")).not.toBe(before);
});

test("reconnect-component heals every link of a component", async () => {
  const { run, postCondition } = action("reconnect-component");
  await links.cut(LINK);
  const before = await postCondition(input, AbortSignal.timeout(300));

  await run(input, signal);

  expect(before).toBe(false);
  expect(await postCondition(input, signal)).toBe(true);
});

test("reconnect-component is not proved where nothing runs at the other end", async () => {
  const { postCondition } = action("reconnect-component");
  await processes.kill("redis/main");

  expect(await postCondition(input, signal)).toBe(false);

  await processes.start("redis/main");
  await until(() => postCondition(input, signal));
});

function action(id: string): BoundAction {
  const found = actions.get(id);
  if (!found) throw new Error(`Cannot find action "${id}"`);
  return found;
}

async function pidOf(id: string): Promise<number | undefined> {
  return (await processes.list()).find((one) => one.id === id)?.pid;
}

interface Troubled {
  readonly mechanism: Mechanism;
  readonly id: ComponentId;
  readonly process: Pick<ComponentProcess, "state"> | undefined;
}

/** Ids of the actions that fix a cause and would change something about it. */
function helping({ mechanism, id, process }: Troubled, offered = actions): readonly string[] {
  const known = process && { process: { address: "", owner: "toy", ...process } };
  const cause = { mechanism, component: { id, kind: "member", state: "up" as const, ...known } };
  return [...offered.values()]
    .filter((one) => one.fixes?.(cause) !== undefined && one.unfit?.(cause) === undefined)
    .map((one) => one.id);
}
