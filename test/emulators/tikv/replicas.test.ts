import { expect, test } from "bun:test";
import { Replicas } from "../../../src/emulators/tikv/store/replicas.ts";

const META = { id: 7, startKey: "", endKey: "", confVer: 1, version: 2 } as const;

test.each([
  ["a voter, which came by a split, has all that the former region had", false, 90_000],
  ["a learner, which was added, begins with nothing and catches up", true, 0],
])("of a region that a store has not heard of yet %s", (_what, isLearner, least) => {
  const nobody = { raft: async () => undefined, vote: async () => undefined };
  const replicas = new Replicas({ storeId: 4, post: nobody, tell: () => undefined, peerDownSeconds: 600 });
  const peers = [
    { id: 1, storeId: 1, isLearner: false },
    { id: 2, storeId: 4, isLearner },
  ];
  const message = { from: 1, regions: [{ meta: { ...META, peers }, term: 2, index: 90_000, writesPerSecond: 1 }] };

  const [answer] = replicas.receive(message, 0.1);

  expect(answer?.matched === 90_000).toBe(!isLearner);
  expect(answer?.matched).toBeGreaterThanOrEqual(least);
});
