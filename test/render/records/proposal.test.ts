import { expect, test } from "bun:test";
import type { Proposal } from "../../../src/core/safety/proposal.ts";
import { renderActions, renderDone } from "../../../src/render/records/proposal.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");
const PROPOSAL: Proposal = {
  id: 4,
  instance: 1,
  incident: 3,
  action: "light",
  input: { lamp: "lamp/2" },
  risk: "reversible",
  preview: { sends: "switch lamp/2 on", expectedEffect: "it shines", entities: ["lamp/2"], stops: [] },
  cause: { component: "lamp/2", mechanism: "crash", summary: "It burst", claims: [], verdict: "confirmed" },
  digest: "",
  state: "pending",
  proposedAtMs: NOW_MS - 5000,
  proposedBy: "agent/test",
  reason: "It is dark",
};

test("renderActions() shows what a pending action would send, and why any other is where it is", () => {
  const done: Proposal = { ...PROPOSAL, id: 5, state: "verified" };

  expect(renderActions([PROPOSAL, done], NOW_MS)).toEqual([
    "ID  STATE     RISK        INCIDENT  PROPOSED  ACTION                   WHY",
    '4   pending   reversible  3         5s        light {"lamp":"lamp/2"}  sends: switch lamp/2 on',
    '5   verified  reversible  3         5s        light {"lamp":"lamp/2"}  It is dark',
  ]);
  expect(renderDone(done)).toBe("action 5 verified: light: It is dark");
});
