import { expect, test } from "bun:test";
import type { GroundTruth } from "../../../src/core/subject/fault.ts";
import { renderFaults, renderInjections, renderPlan } from "../../../src/render/lab/fault.ts";
import type { InjectionView } from "../../../src/runtime/views/injections.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05Z");
const TRUTH: GroundTruth = {
  component: "victim",
  mechanism: "crash",
  trips: ["lit", "warm"],
  mayTrip: [],
  signalLagMs: 1500,
  fixedBy: ["start-component"],
  decoys: [],
  emulated: true,
};
const FAULT = { id: "lamp-out", description: "One lamp goes out", truth: TRUTH };

test("renderFaults() shows what each fault trips and does", () => {
  expect(renderFaults([FAULT])).toEqual([
    "FAULT     MECHANISM  TRIPS      DESCRIPTION",
    "lamp-out  crash      lit, warm  One lamp goes out",
  ]);
});

test("renderPlan() shows what would be broken and what is true of it then", () => {
  const planned = { fault: FAULT, truth: TRUTH, component: "lamp/2", input: { victim: "lamp/2" } };

  expect(renderPlan(planned, "hall")).toEqual([
    "lamp-out on hall: One lamp goes out",
    "  component   lamp/2",
    '  input       {"victim":"lamp/2"}',
    "  mechanism   crash",
    "  trips       lit, warm",
    "  may trip    nothing",
    "  seen after  1.5s",
    "  fixed by    start-component",
    "  decoys      nothing",
    "  emulated    emulator only",
  ]);
});

test("renderInjections() tells what is in force from what has expired and what is healed", () => {
  const injection: InjectionView["injection"] = {
    id: 7,
    subject: "lamps",
    deployment: "hall",
    fault: "lamp-out",
    input: {},
    seed: 3,
    state: "injected",
    armedAtMs: NOW_MS - 90_000,
    injectedAtMs: NOW_MS - 90_000,
    healedAtMs: null,
    leaseUntilMs: NOW_MS,
  };
  const view = {
    injection,
    instance: { subject: "lamps", name: "hall", emulated: true },
    component: "lamp/2",
    hasExpired: false,
  } as const;

  const lines = renderInjections(
    [
      view,
      { ...view, hasExpired: true },
      { ...view, injection: { ...injection, state: "healed", healedAtMs: NOW_MS } },
    ],
    NOW_MS,
  );

  expect(lines[1]).toMatch(
    /^7 +lamp-out +lamp\/2 +lamps hall \(emulated\) +injected +1m30s +3 +expires at \d\d:\d\d:05$/,
  );
  expect(lines[2]).toMatch(/ expired$/);
  expect(lines[3]).toMatch(/ healed at \d\d:\d\d:05$/);
});
