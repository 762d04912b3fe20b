import { afterAll, beforeAll, expect, test } from "bun:test";
import { InvalidInputError } from "../../src/core/text/errors.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";
import { deploymentInspections } from "../../src/deployments/inspections.ts";
import { toyDeployment } from "../toy/lab.ts";
import { type Running, runHere } from "./running.ts";
import { standIn } from "./stand-in.ts";

const signal = new AbortController().signal;
let running: Running;

beforeAll(async () => {
  running = await runHere(standIn());
}, 120_000);

afterAll(() => running[Symbol.asyncDispose]());

test("the process of a component is told with its use, and with who has its port", async () => {
  const [inspection] = deploymentInspections(running.deployment, nameOf);

  const facts = await inspection?.read("member/a", signal);

  expect(facts).toMatchObject({
    state: "running",
    pid: expect.any(Number),
    port_owner: { is_this_process: true },
    resident_bytes: expect.any(Number),
    host: { cores: expect.any(Number) },
  });
});

test("a stopped process is told with its exit, and its port without an owner", async () => {
  const [inspection] = deploymentInspections(running.deployment, nameOf);
  await running.processes.stop("node/2", signal);

  const facts = await inspection?.read("member/b", signal);

  expect(facts).toMatchObject({ state: "stopped", port_owner: null });
  expect(facts).not.toHaveProperty("resident_bytes");
});

test("only what the deployment runs can be inspected", async () => {
  const [inspection] = deploymentInspections(running.deployment, nameOf);

  expect(inspection?.appliesTo("member/a")).toBe(true);
  expect(inspection?.appliesTo("member/z")).toBe(false);
  expect(inspection?.read("member/z", signal)).rejects.toThrow(
    new InvalidInputError('Cannot inspect "member/z": the deployment does not run it'),
  );
  expect(deploymentInspections(toyDeployment(), nameOf)).toEqual([]);
});

/** The deployment's own name for what the subject calls `member/a` or `member/b`. */
function nameOf(component: ComponentId): ComponentId | undefined {
  return new Map<ComponentId, ComponentId>([
    ["member/a", "node/1"],
    ["member/b", "node/2"],
  ]).get(component);
}
