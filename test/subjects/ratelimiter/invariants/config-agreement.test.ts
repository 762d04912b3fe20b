import { describe, expect, test } from "bun:test";
import { judge, said, verdicts } from "../judge.ts";
import { CONFIG, node, observation, read, SILENT } from "../observations.ts";

describe("config-agreement", () => {
  const other = read({ ...CONFIG, limit: 300 });

  test("holds while all run as intended", () => {
    expect(verdicts(judge("config-agreement", observation()))).toEqual({
      "cluster/ratelimiter": "holds",
      "node/1": "holds",
      "node/2": "holds",
      "node/3": "holds",
    });
  });

  test("blames the one node that differs", () => {
    const nodes = [node("1"), node("2", { config: other }), node("3")];

    const judgements = judge("config-agreement", observation({ nodes }));

    expect(verdicts(judgements)).toMatchObject({ "cluster/ratelimiter": "holds", "node/2": "violated" });
    expect(said(judgements, "node/2").summary).toContain("limit 300, expected 100");
  });

  test("blames the one node whose overlap is another", () => {
    const overlapping = (localOverlap: number) => ({ config: read({ ...CONFIG, localOverlap }) });
    const nodes = [node("1", overlapping(1)), node("2", overlapping(3)), node("3", overlapping(1))];

    const judgements = judge("config-agreement", observation({ nodes }));

    expect(said(judgements, "node/2").summary).toContain("localOverlap 3, expected 1");
  });

  test("blames the whole when most nodes run alike and not as intended", () => {
    const nodes = [node("1", { config: other }), node("2", { config: other }), node("3")];

    expect(verdicts(judge("config-agreement", observation({ nodes })))).toEqual({
      "cluster/ratelimiter": "violated",
      "node/1": "holds",
      "node/2": "holds",
      "node/3": "violated",
    });
  });

  test("compares with the intention where no configuration is that of most nodes", () => {
    const nodes = [node("1"), node("2", { config: other }), node("3", { config: SILENT })];

    expect(verdicts(judge("config-agreement", observation({ nodes })))).toEqual({
      "cluster/ratelimiter": "unknown",
      "node/1": "holds",
      "node/2": "violated",
      "node/3": "unknown",
    });
  });

  test("judges a node that registers and is in no configuration by the hash of its settings", () => {
    const among = (...rows: readonly { readonly id: string; readonly configHash?: string }[]) => {
      const told = rows.map((row) => ({ heartbeatAgeMs: 200, clockOffsetMs: 1, ...row }));
      return judge("config-agreement", observation({ register: read({ rows: told, unreadable: 0 }) }));
    };
    const judgements = among({ id: "4", configHash: "def" }, { id: "5", configHash: "abc" }, { id: "6" });

    expect(verdicts(judgements)).toMatchObject({ "node/4": "violated", "node/5": "holds", "node/6": "unknown" });
    expect(said(judgements, "node/4")).toMatchObject({
      reason: "differs",
      summary: "node/4: configuration differs from most nodes (hash def, expected abc)",
    });
  });

  test("compares only the nodes with each other where nothing is intended", () => {
    const nodes = [node("1", { config: other }), node("2", { config: other })];
    const seen = observation({ nodes, register: read({ rows: [], unreadable: 0 }) });

    expect(new Set(Object.values(verdicts(judge("config-agreement", seen, { intended: {} }))))).toEqual(
      new Set(["holds"]),
    );
  });
});
