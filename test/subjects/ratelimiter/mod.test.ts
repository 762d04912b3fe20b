import { expect, test } from "bun:test";
import { systemClock } from "../../../src/io/clock.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";

const observing = { signal: new AbortController().signal, tracked: new Set<never>(), series: async () => [] };

test("a checkup judges every node of the configuration, whether it answers or not", async () => {
  using node = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json({ status: "ok" }) });
  const nodes = [
    { id: "1", address: `127.0.0.1:${node.port}` },
    { id: "2", address: "127.0.0.1:1" },
  ];
  await using session = await ratelimiter.open({ nodes, redis: "redis://127.0.0.1:1" }, { clock: systemClock });

  const { judgements, picture } = await session.checkup(observing);

  expect(judgements).toMatchObject([
    { invariant: "node-reachable", entity: "node/1", verdict: "holds" },
    { invariant: "node-reachable", entity: "node/2", verdict: "violated", evidence: { probe: "refused" } },
  ]);
  expect(picture.components).toContainEqual(expect.objectContaining({ id: "node/2", state: "down", probe: "refused" }));
});

test("a checkup without any answer is a failed probe", async () => {
  const nodes = [{ id: "1", address: "127.0.0.1:1" }];
  await using session = await ratelimiter.open({ nodes, redis: "redis://127.0.0.1:1" }, { clock: systemClock });

  await expect(session.checkup(observing)).rejects.toThrow('none of "127.0.0.1:1" answers');
});
