import { expect, test } from "bun:test";
import { systemClock } from "../../src/io/clock.ts";
import { startTraffic } from "../../src/trials/traffic.ts";
import { Endpoints } from "../toy/endpoints.ts";
import { toyDeployment, toyLab } from "../toy/lab.ts";
import { until } from "../until.ts";

test("startTraffic() sends what the lab calls ordinary until it is stopped, and reports", async () => {
  await using endpoints = new Endpoints(2);
  const lab = toyLab(endpoints);
  let ticks = 0;

  const deployment = toyDeployment();
  await using traffic = startTraffic({
    lab,
    deployment,
    clock: systemClock,
    seed: 7,
    check: false,
    onTick: () => (ticks += 1),
  });
  await until(() => ticks > 1);
  const report = await traffic.stop();

  expect(report.requests).toBeGreaterThan(50);
  expect(report.failed).toBe(0);
});
