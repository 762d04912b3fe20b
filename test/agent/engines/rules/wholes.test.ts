import { expect, test } from "bun:test";
import { diagnoseHall, type Hall } from "./halls.ts";

const RECONFIGURED: Hall = {
  wrong: [
    { symptom: "configuration", on: "cluster/hall", reason: "missing" },
    { symptom: "slow", on: "lamp/2" },
  ],
  now: { "cluster/hall": { configHash: "new" } },
  before: { "cluster/hall": { configHash: "old" } },
};

test("rules does not put down to the whole what a component has a confirmed cause of its own for", async () => {
  const figures = [{ of: "lamp/2", signal: "io", unit: "seconds", was: 0.01, is: 0.4 } as const];

  const { cause } = await diagnoseHall({ ...RECONFIGURED, figures });

  expect(cause).toMatchObject({ component: "lamp/2", mechanism: "slow-dependency", verdict: "confirmed" });
});

test("rules puts down to the whole what no component has a cause of its own for", async () => {
  const { cause } = await diagnoseHall(RECONFIGURED);

  expect(cause).toMatchObject({ component: "cluster/hall", mechanism: "configuration-change", verdict: "confirmed" });
});
