import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { type ActionRun, type Approval, RUN_STATES, type RunOrigin } from "../../../src/core/safety/action-run.ts";
import { type Ladder, permit } from "../../../src/core/safety/ladder.ts";
import { type Circumstances, permissionFor, waitOf, waitWords } from "../../../src/core/safety/waiting.ts";
import { RISKS } from "../../../src/core/words/risk.ts";

const NOW_MS = 10_000_000;
const AUTO: Ladder = { rung: "auto", upTo: "reversible" };
const CAUSE = { component: "lamp/2", mechanism: "crash", summary: "", claims: [], verdict: "confirmed" } as const;
const OF_INCIDENT: RunOrigin = { kind: "incident", incident: 1, cause: CAUSE };
const RUN: ActionRun = {
  id: 4,
  instance: 1,
  origin: OF_INCIDENT,
  action: "light",
  input: {},
  risk: "reversible",
  digest: "d",
  preview: { sends: "", expectedEffect: "", entities: [], stops: [] },
  state: "pending",
  reason: "",
  proposedAtMs: 0,
  proposedBy: "agent/test",
};
const CALM: Circumstances = {
  isHalted: false,
  ladder: AUTO,
  isAuditSound: true,
  approvals: [],
  effectsAtMs: [],
  nowMs: NOW_MS,
};
const GOOD: Approval = { id: 1, run: 4, digest: "d", actor: "person/ada", atMs: NOW_MS, expiresAtMs: NOW_MS + 1 };

test.each<[Partial<ActionRun>, Partial<Circumstances>, string | undefined]>([
  [{}, {}, undefined],
  [{}, { isHalted: true }, "waits: everything is halted"],
  [{}, { ladder: { rung: "observe" } }, "waits: the ladder is at observe"],
  [{}, { ladder: { rung: "approve" } }, "waits for approval: the ladder is at approve"],
  [{ risk: "disruptive" }, {}, "waits for approval: disruptive is above the ladder"],
  [
    { origin: { ...OF_INCIDENT, cause: { ...CAUSE, verdict: "likely" } } },
    {},
    "waits for approval: its cause is not confirmed",
  ],
  [{}, { isAuditSound: false }, "waits for approval: the audit log is broken"],
  [{ origin: { kind: "person" } }, {}, "waits for approval: it was proposed manually"],
  [{ origin: { kind: "person" } }, { ladder: { rung: "observe" }, approvals: [GOOD] }, undefined],
  [{ dueAtMs: NOW_MS + 5000 }, {}, "waits 5s until it is due"],
  [{ predecessor: 3 }, { predecessor: "verifying" }, "waits until action 3 is verified"],
  [{ predecessor: 3 }, { predecessor: "verified" }, undefined],
  [{}, { running: 2 }, "waits for the effect of action 2"],
  [
    {},
    { ladder: { ...AUTO, perHour: 2 }, effectsAtMs: [NOW_MS - 3_600_000, NOW_MS - 60_000, NOW_MS - 1000] },
    "waits 59m: 2 effects in the last hour",
  ],
  [{}, { ladder: { ...AUTO, perHour: 2 }, effectsAtMs: [NOW_MS - 60_000] }, undefined],
  [{ obstacle: "group/lamps would have 1 up of 3, needs 2" }, {}, "waits: group/lamps would have 1 up of 3, needs 2"],
])("waitOf() says why a run waits: %#", (run, now, words) => {
  const wait = waitOf({ ...RUN, ...run }, { ...CALM, ...now });

  expect(wait && waitWords(wait, { ...RUN, ...run }, NOW_MS)).toBe(words);
});

test("permissionFor() under auto never exceeds halt, ladder, schedule and rate, and needs a good approval for the rest", () => {
  const ladders = fc.oneof(
    fc.constantFrom<Ladder>({ rung: "observe" }, { rung: "approve" }),
    fc.record({
      rung: fc.constant("auto" as const),
      upTo: fc.constantFrom(...RISKS),
      perHour: fc.integer({ min: 1, max: 3 }),
    }),
  );
  const origins = fc.constantFrom<RunOrigin>(OF_INCIDENT, { kind: "person" }, { kind: "plan", plan: "a" });
  const approvals = fc.constantFrom<readonly Approval[]>(
    [],
    [GOOD],
    [{ ...GOOD, digest: "x" }],
    [{ ...GOOD, usedAtMs: 1 }],
  );
  const circumstances = fc.record({
    isHalted: fc.boolean(),
    ladder: ladders,
    isAuditSound: fc.boolean(),
    approvals,
    nowMs: fc.constant(NOW_MS),
    predecessor: fc.constantFrom(...RUN_STATES),
    running: fc.constantFrom(undefined, 2),
    effectsAtMs: fc.array(fc.integer({ min: NOW_MS - 3_700_000, max: NOW_MS }), { maxLength: 4 }),
  });
  const run = fc.record({
    origin: origins,
    risk: fc.constantFrom(...RISKS),
    dueAtMs: fc.constantFrom(0, NOW_MS, NOW_MS + 1),
    predecessor: fc.constantFrom(1),
  });

  fc.assert(
    fc.property(run, circumstances, (some, now) => {
      const permission = permissionFor({ ...RUN, ...some }, now);
      if ("wait" in permission) return;

      const recent = now.effectsAtMs.filter((atMs) => atMs > NOW_MS - 3_600_000).length;
      const byItself =
        some.origin.kind !== "person" &&
        now.ladder.rung === "auto" &&
        permit(now.ladder, some.risk) === "run" &&
        now.isAuditSound &&
        recent < (now.ladder.perHour ?? 60);
      expect(now.isHalted || some.dueAtMs > NOW_MS || now.predecessor !== "verified" || now.running !== undefined).toBe(
        false,
      );
      expect(byItself || permission.approval === GOOD).toBe(true);
    }),
  );
});
