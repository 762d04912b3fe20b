import { describe, expect, test } from "bun:test";
import type { NodeReading } from "../../../../src/subjects/ratelimiter/observation.ts";
import { withIdentities } from "../../../../src/subjects/ratelimiter/probes/node-identity.ts";
import { judge, said } from "../judge.ts";
import { HEALTH, NOW_US, node, observation, read, SILENT, series } from "../observations.ts";

describe("withIdentities()", () => {
  test("leaves nodes that answer under their own number, and those that do not answer", () => {
    const readings = [answers("1", 1), answers("2", 2), node("3", { health: SILENT })];

    const told = withIdentities(readings);

    expect(told.map(({ identity }) => identity)).toEqual(["node/1", "node/2", undefined]);
    expect(told.map(({ health }) => "value" in health)).toEqual([true, true, false]);
  });

  test("takes for unread what another number answered, and says who did", () => {
    const [, two] = withIdentities([answers("1", 1), answers("2", 7)]);

    const unread = { failed: "node 7 answers there", outcome: "wrong-identity" };
    expect(two).toMatchObject({ identity: "node/7", health: unread, config: unread, admissions: unread });
  });

  test.each([
    ["the first of two names of one's own", ["a", "b"], ["a"]],
    ["the number, wherever it stands", ["b", "1", "2"], ["1"]],
    ["a name of one's own beside a wrong number", ["2", "a"], ["a"]],
  ])("counts one process under several names once, by %s", (_what, ids, counted) => {
    const told = withIdentities(ids.map((id) => answers(id, 1)));

    expect(told.filter(({ health }) => "value" in health).map(({ id }) => id)).toEqual(counted);
    expect(told.filter(({ admissions }) => "value" in admissions).map(({ id }) => id)).toEqual(counted);
  });

  test("keeps apart two processes of one number", () => {
    const told = withIdentities([answers("a", 1), answers("b", 1, 5)]);

    expect(told.every(({ health }) => "value" in health)).toBe(true);
  });
});

test("node-reachable: an address that another node answers is a wrong identity", () => {
  const nodes = withIdentities([answers("1", 1), answers("2", 1)]);

  const judgement = said(judge("node-reachable", observation({ nodes })), "node/2");

  expect(judgement).toMatchObject({ verdict: "violated", on: "node/2", reason: "wrong-identity" });
  expect(judgement.summary).toContain("node 1 answers there, the same process as at 127.0.0.1:8101");
});

function answers(id: string, nodeNumber: number, laterMs = 0): NodeReading {
  const health = read({ ...HEALTH, nodeNumber, startedAtMs: HEALTH.startedAtMs + laterMs });
  const demand = { seconds: 2, checks: 0, keys: [] };
  const admissions = read({
    redisTimeUs: NOW_US,
    forgotten: false,
    demand,
    series: [series({ 1: 60 })],
    unreadable: 0,
  });
  return node(id, { health, admissions });
}
