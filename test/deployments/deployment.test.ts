import { expect, test } from "bun:test";
import { instanceOf, isEmulated, linksOf, powerOf } from "../../src/deployments/deployment.ts";
import { toyDeployment } from "../toy/lab.ts";

test("powerOf() refuses a power that the deployment does not have", () => {
  expect(() => powerOf(toyDeployment(), "links")).toThrow('Cannot use the links of deployment "toy"');
});

test("instanceOf() names the instance that a deployment runs, marked where that is emulated", () => {
  const emulated = { ...toyDeployment(), settings: { emulated: "toy" } };

  expect(instanceOf(toyDeployment())).toEqual({ subject: "toy", name: "toy" });
  expect(instanceOf(emulated)).toEqual({ subject: "toy", name: "toy", emulated: true });
  expect([isEmulated(toyDeployment()), isEmulated(emulated)]).toEqual([false, true]);
  expect(linksOf(toyDeployment(), "endpoint/1")).toEqual([]);
});
