import { expect, test } from "bun:test";
import { powerOf } from "../../src/deployments/deployment.ts";
import { toyDeployment } from "../toy/lab.ts";

test("powerOf() refuses a power that the deployment does not have", () => {
  expect(() => powerOf(toyDeployment(), "links")).toThrow('Cannot use the links of deployment "toy"');
});
