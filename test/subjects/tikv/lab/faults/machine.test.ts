import { expect, test } from "bun:test";
import type { Deployment } from "../../../../../src/deployments/deployment.ts";
import { TikvLab } from "../../../../../src/subjects/tikv/lab/client.ts";
import { storeSlow, storeStarved } from "../../../../../src/subjects/tikv/lab/faults/machine.ts";
import { toyDeployment } from "../../../../toy/lab.ts";

function deploymentOf(stores: number): Deployment {
  const components = Array.from({ length: stores }, (_, index) => ({
    id: `store/${index + 1}` as const,
    kind: "store",
    address: "127.0.0.1:1",
    linkAddresses: [],
  }));
  return { ...toyDeployment(), components };
}

test.each([
  [1, undefined, 1],
  [3, undefined, 1],
  [5, undefined, 5 / 3],
  [9, 2, 6],
])("store-starved bites on %p stores as on three, where each is asked for less", async (stores, strength, wanted) => {
  await using lab = new TikvLab(deploymentOf(stores));
  const options = {
    random: () => 0,
    forMs: 1000,
    signal: AbortSignal.timeout(1000),
    ...(strength !== undefined && { strength }),
  };

  expect(await storeStarved.choose(lab, options)).toEqual({ victim: "store/1", strength: wanted });
  expect(await storeSlow.choose(lab, options)).toEqual({ victim: "store/1", strength: strength ?? 1 });
});
