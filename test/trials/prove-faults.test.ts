import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FaultInfo } from "../../src/deployments/lab.ts";
import { proveFaults } from "../../src/trials/prove-faults.ts";
import { Endpoints } from "../toy/endpoints.ts";
import { toyDeployment, toyLab } from "../toy/lab.ts";
import { toy } from "../toy/subject/mod.ts";

const home = mkdtempSync(join(tmpdir(), "operator-proof-"));
const endpoints = new Endpoints(3);

afterAll(async () => {
  await endpoints[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

test("proveFaults() tries what it is told on a system that it watches itself, and tells of each trial", async () => {
  const lab = toyLab(endpoints);
  const faults = lab.faults.filter(({ id }) => id === "endpoint-kill");
  const configured = toy.configure(endpoints.config);
  const target = { subject: toy, name: "toy", configured, graceMs: { "endpoint-answers": 100 } };
  const begun: FaultInfo[] = [];
  const told: unknown[] = [];

  const trials = await proveFaults(
    target,
    {
      lab,
      faults,
      home,
      deployment: toyDeployment(),
      seed: 7,
      intervalMs: 50,
      onFault: (fault) => begun.push(fault),
      onTrial: (trial) => told.push(trial),
    },
    AbortSignal.timeout(20_000),
  );

  expect(trials).toMatchObject([{ fault: "endpoint-kill", component: "endpoint/2", problems: [] }]);
  expect(begun).toEqual([...faults]);
  expect(told).toEqual([...trials]);
  expect(endpoints.runs("endpoint/2")).toBe(true);
}, 120_000);
