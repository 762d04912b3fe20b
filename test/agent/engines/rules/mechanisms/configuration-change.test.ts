import { expect, test } from "bun:test";
import type { Case } from "../../../../../src/agent/case/case.ts";
import { rules } from "../../../../../src/agent/engines/rules/mod.ts";
import { aCase, aTicket, storedDesk } from "../../../cases.ts";

const LAMP = { id: "lamp/1", kind: "lamp", state: "up", probe: "answered", configHash: "a" } as const;

/** A lamp that was dimmed, and that had been set up a little earlier, when all was well again afterwards. */
function dimmed(setUpAtMs: number): Case {
  const summary = "lamp/1 changed its configuration from b to a";
  return aCase({
    incident: { id: 1, title: "Dark", beganAtMs: 31_500, openedAtMs: 32_000 },
    tickets: [aTicket({ invariant: "shines", on: "lamp/1", violatedSinceMs: 31_500, openedAtMs: 32_000 })],
    events: [{ atMs: setUpAtMs, event: "reconfigured", of: "lamp/1", summary }],
    pictureBefore: { atMs: 31_000, components: [{ ...LAMP, labels: { dimmed: "false" } }], links: [], series: [] },
    picture: { atMs: 33_000, components: [{ ...LAMP, labels: { dimmed: "true" } }], links: [], series: [] },
    topology: { components: [{ id: "lamp/1", kind: "lamp" }], links: [], groups: [] },
    judgements: [
      {
        invariant: "shines",
        entity: "lamp/1",
        on: "lamp/1",
        verdict: "violated",
        reason: "dimmed",
        summary: "It is dark",
        evidence: {},
        readAtMs: 33_000,
      },
    ],
  });
}

test.each([
  ["what changed before all was well last", 20_000],
  ["what changed since", 31_400],
])("rules confirms a mode that a component reports, beside %s", async (_, setUpAtMs) => {
  const given = dimmed(setUpAtMs);

  const { cause } = await rules.investigate(given, storedDesk(given), AbortSignal.timeout(1000));

  expect(cause).toMatchObject({ component: "lamp/1", mechanism: "configuration-change", verdict: "confirmed" });
});
