import { expect, test } from "bun:test";
import type { Component, Link, Picture } from "../../../src/core/system/picture.ts";
import { sameStructure } from "../../../src/core/system/structure.ts";
import { countVerdicts, overallVerdict } from "../../../src/core/tickets/overall.ts";
import { ANSWERS_PROBES, judgeAnswering } from "../../../src/core/tickets/self-check.ts";
import { incidentLease, monitorLease } from "../../../src/core/words/lease.ts";

const NODE: Component = { id: "node/1", kind: "node", state: "up", startedAtMs: 10_000, labels: { role: "a" } };
const LINK: Link = { from: "node/1", to: "store/a", kind: "tcp", state: "up", latencyMs: 1 };

test("sameStructure() does not mind measured values and a jittering start", () => {
  const later: Component = { ...NODE, startedAtMs: 12_000, clockOffsetMs: 40 };

  expect(sameStructure(picture([NODE], [LINK]), picture([later], [{ ...LINK, latencyMs: 9 }]))).toBe(true);
});

const PROCESS = { state: "running", pid: 7, startedAtMs: 9000, address: "127.0.0.1:1", owner: "toy" } as const;

const CHANGES: Readonly<Record<string, Picture>> = {
  "a component more": picture([NODE, { ...NODE, id: "node/2" }], [LINK]),
  "another component": picture([{ ...NODE, id: "node/2" }], [LINK]),
  "another state": picture([{ ...NODE, state: "down" }], [LINK]),
  "a restart": picture([{ ...NODE, startedAtMs: 60_000 }], [LINK]),
  "another label": picture([{ ...NODE, labels: { role: "b" } }], [LINK]),
  "another configuration": picture([{ ...NODE, configHash: "x" }], [LINK]),
  "another identity": picture([{ ...NODE, identity: "node/2" }], [LINK]),
  "a process": picture([{ ...NODE, process: PROCESS }], [LINK]),
  "a broken link": picture([NODE], [{ ...LINK, state: "down" }]),
  "a link less": picture([NODE], []),
};

for (const [name, changed] of Object.entries(CHANGES)) {
  test(`sameStructure() sees ${name}`, () => {
    expect(sameStructure(picture([NODE], [LINK]), changed)).toBe(false);
  });
}

test.each<Component["process"]>([
  { ...PROCESS, state: "hung" },
  { ...PROCESS, pid: 8 },
  { ...PROCESS, startedAtMs: 9001 },
  { ...PROCESS, exit: { atMs: 1, code: 1, signal: null } },
  { ...PROCESS, owner: "other" },
])("sameStructure() sees another fate of a process: %p", (process) => {
  const before = picture([{ ...NODE, process: PROCESS }], [LINK]);

  expect(sameStructure(before, picture([{ ...NODE, process: { ...PROCESS } }], [LINK]))).toBe(true);
  expect(sameStructure(before, picture([{ ...NODE, ...(process && { process }) }], [LINK]))).toBe(false);
});

test("judgeAnswering() speaks of the whole and of each source", () => {
  const judged = judgeAnswering({ name: "a", atMs: 0, sources: [{ name: "prometheus", failed: "refused" }] });

  expect(judged.map(({ invariant, entity, verdict }) => [invariant, entity, verdict])).toEqual([
    [ANSWERS_PROBES.id, "instance/a", "holds"],
    [ANSWERS_PROBES.id, "source/prometheus", "violated"],
  ]);
});

test("judgeAnswering() says nothing of sources while nothing answers", () => {
  const judged = judgeAnswering({ name: "a", atMs: 0, sources: [{ name: "prometheus" }], failed: "refused" });

  expect(judged).toMatchObject([{ entity: "instance/a", verdict: "violated" }]);
});

test("overallVerdict() takes blindness for unknown, and so having nothing to judge", () => {
  const blind = { invariant: ANSWERS_PROBES.id, verdict: "violated" } as const;

  expect(overallVerdict([])).toBe("unknown");
  expect(overallVerdict([blind])).toBe("unknown");
  expect(overallVerdict([blind, { invariant: "x", verdict: "violated" }])).toBe("violated");
  expect(overallVerdict([{ invariant: "x", verdict: "holds" }])).toBe("holds");
  expect(
    overallVerdict([
      { invariant: "x", verdict: "holds" },
      { invariant: "y", verdict: "unknown" },
    ]),
  ).toBe("unknown");
});

test("countVerdicts() counts", () => {
  expect(countVerdicts([{ verdict: "holds" }, { verdict: "holds" }, { verdict: "unknown" }])).toEqual({
    holds: 2,
    violated: 0,
    unknown: 1,
  });
});

test("leases have one name each", () => {
  expect([monitorLease(1), incidentLease(1)]).toEqual(["monitor/1", "incident/1"]);
});

function picture(components: readonly Component[], links: readonly Link[]): Picture {
  return { atMs: 0, components, links, series: [] };
}
