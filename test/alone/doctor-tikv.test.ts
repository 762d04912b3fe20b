/** A short doctor on an emulated cluster, with the machine to itself: `bun run prove doctor` tries every fault. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { startOperator } from "../prove/operator.ts";
import { isAnyLate, trialsIn } from "./lateness.ts";

setDefaultTimeout(120_000);

test("operator doctor sees a killed store by its own status port, and a disk that fills", async () => {
  await using operator = await startOperator({}, "tikv");

  const faults = ["--fault", "store-kill", "--fault", "disk-fill"];
  const { code, stdout } = await operator.run("doctor", "--inject", "--json", ...faults);

  expect(trialsIn(stdout)).toMatchObject([
    // PD would say "disconnected", after 20 s.
    { fault: "store-kill", problems: [], reasons: { "store-up": "refused" }, emulated: true },
    { fault: "disk-fill", problems: [], reasons: { "disk-space": "low" }, emulated: true },
  ]);
  expect(code).toBe(isAnyLate(stdout) ? 1 : 0);
});
