import { expect, test } from "bun:test";
import type { ActionRun } from "../../../src/core/safety/action-run.ts";
import { renderOpenWork } from "../../../src/render/live/open-work.ts";
import { renderActionRun, renderActionRuns, renderDone } from "../../../src/render/records/action-run.ts";
import { renderOffered } from "../../../src/render/records/offered.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";
import { Endpoints } from "../../toy/endpoints.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");
const LONG = `switch ${"x".repeat(400)} on`;
const CAUSE = {
  component: "lamp/2",
  mechanism: "crash",
  summary: "It burst",
  verdict: "confirmed",
  claims: [],
} as const;
const RUN: ActionRun = {
  id: 4,
  instance: 1,
  origin: { kind: "incident", incident: 3, cause: CAUSE },
  action: "light",
  input: { lamp: "lamp/2", watts: 40 },
  risk: "reversible",
  preview: { sends: LONG, expectedEffect: "it shines", entities: ["lamp/2"], stops: [] },
  digest: "d",
  state: "pending",
  proposedAtMs: NOW_MS - 5000,
  proposedBy: "agent/test",
  reason: "It is dark",
};
const instance = { id: 1, subject: "lamps", name: "hall" };

test("renderActionRuns() shows why a pending run waits, and how any other ended", () => {
  const done: ActionRun = { ...RUN, id: 5, state: "verified", origin: { kind: "person" } };
  const views = [
    { run: RUN, instance, waits: "waits: the ladder is at observe" },
    { run: { ...RUN, id: 6 }, instance },
    { run: done, instance },
  ];

  expect(renderActionRuns(views, NOW_MS)).toEqual([
    "ID  STATE     RISK        INSTANCE    FOR         PROPOSED  ACTION",
    "4   pending   reversible  lamps hall  incident 3  5s        light lamp=lamp/2 watts=40: waits: the ladder is at observe",
    "6   pending   reversible  lamps hall  incident 3  5s        light lamp=lamp/2 watts=40: about to begin",
    "5   verified  reversible  lamps hall  a person    5s        light lamp=lamp/2 watts=40: It is dark",
  ]);
  expect(renderDone(done)).toBe("action 5 verified: light lamp=lamp/2 watts=40: It is dark");
});

test("renderOpenWork() says of each action why it waits, if it does", () => {
  const actions = [
    { run: RUN, instance, waits: "waits: the ladder is at observe" },
    { run: { ...RUN, id: 6, state: "running" } as const, instance },
  ];

  expect(renderOpenWork({ incidents: [], actions, tickets: [] })).toEqual([
    "action 4 pending: light lamp=lamp/2 watts=40: waits: the ladder is at observe",
    "action 6 running: light lamp=lamp/2 watts=40",
  ]);
});

test("renderActionRun() cuts nothing of what is sent, and shows what it rests on and what became of it", () => {
  const approval = {
    id: 1,
    run: 4,
    digest: "d",
    actor: "person/ada",
    atMs: NOW_MS,
    expiresAtMs: NOW_MS + 60_000,
  } as const;
  const audit = {
    id: 9,
    atMs: NOW_MS,
    actor: "agent/test",
    event: "action-proposed",
    detail: { reason: "It is dark" },
  } as const;
  const view = { run: RUN, instance, approvals: [approval], audit: [{ ...audit, previousHash: "", hash: "" }] };

  const lines = renderActionRun({ ...view, waits: "waits: everything is halted" }, NOW_MS).join("\n");

  expect(lines).toContain(`sends     ${LONG}`);
  expect(lines).toContain("state     pending; waits: everything is halted");
  expect(lines).toContain("approved  by person/ada, until 2026-01-02T03:05:05.000Z");
  expect(lines).toContain("crash of lamp/2: confirmed. It burst");
  expect(lines).toContain("2026-01-02T03:04:05.000Z  agent/test  action-proposed  It is dark");
});

test("renderActionRun() says who asked for a run without an incident", () => {
  const run: ActionRun = { ...RUN, origin: { kind: "plan", plan: "night" }, predecessor: 2, dueAtMs: NOW_MS };
  const view = { run, instance, approvals: [], audit: [] };

  expect(renderActionRun(view, NOW_MS)).toContain("  plan night, after action 2");
  expect(renderActionRun({ ...view, run: { ...run, origin: { kind: "person" } } }, NOW_MS)).toContain(
    "  agent/test asked for it; no claims are checked",
  );
});

test("renderOffered() names each argument, and which may be left out", async () => {
  await using endpoints = new Endpoints(1);
  await using session = await ratelimiter
    .configure({ nodes: [{ id: "1", address: "127.0.0.1:1" }], redis: "redis://127.0.0.1:1" })
    .open({ clock: { now: () => 0, monotonic: () => 0, sleep: async () => undefined } });

  const lines = renderOffered([...endpoints.actions().values(), ...session.actions.values()]);

  expect(lines.slice(0, 3)).toEqual([
    "start-component (reversible)",
    "  Start a component that should be there and is not.",
    "  component=…",
  ]);
  expect(lines).toContain("roll-out-config (reversible)");
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}\[node=…\] +Number of the node to change/));
});
