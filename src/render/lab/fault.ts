/** Faults and injections as text. */

import type { GroundTruth } from "../../core/subject/fault.ts";
import { formatDurationMs } from "../../core/text/units.ts";
import { titleOf } from "../../core/words/instance.ts";
import type { InjectionView } from "../../runtime/views/injections.ts";
import { tableLines } from "../table.ts";
import { ageOf, clockTime } from "../time.ts";

/** A fault as it is listed. */
export interface FaultRow {
  readonly id: string;
  readonly description: string;
  readonly truth: GroundTruth;
}

/** A fault with everything chosen that the person left open. */
export interface PlannedFault {
  readonly fault: Pick<FaultRow, "id" | "description">;
  readonly truth: GroundTruth;
  readonly component: string;
  readonly input: unknown;
}

/** A table of faults, with a head. */
export function renderFaults(faults: readonly FaultRow[]): readonly string[] {
  const rows = faults.map(({ id, truth, description }) => [id, truth.mechanism, listed(truth.trips), description]);
  return tableLines([["FAULT", "MECHANISM", "TRIPS", "DESCRIPTION"], ...rows]);
}

/** Exactly what would be broken, and what is true of it while it is. */
export function renderPlan({ fault, truth, component, input }: PlannedFault, instance: string): readonly string[] {
  return [
    `${fault.id} on ${instance}: ${fault.description}`,
    ...tableLines([
      ["  component", component],
      ["  input", JSON.stringify(input)],
      ["  mechanism", truth.mechanism],
      ["  trips", listed(truth.trips)],
      ["  may trip", listed(truth.mayTrip)],
      ["  seen after", formatDurationMs(truth.signalLagMs)],
      ["  fixed by", listed(truth.fixedBy)],
      ["  decoys", listed(truth.decoys)],
      ...(truth.emulated ? [["  emulated", "emulator only"]] : []),
    ]),
  ];
}

/** A table of injections, with a head. */
export function renderInjections(injections: readonly InjectionView[], nowMs: number): readonly string[] {
  const rows = injections.map(({ injection, instance, component, hasExpired }) => {
    const { id, fault, state, seed, armedAtMs, healedAtMs, leaseUntilMs } = injection;
    const end = hasExpired ? "expired" : `expires at ${clockTime(leaseUntilMs)}`;
    const until = healedAtMs === null ? end : `healed at ${clockTime(healedAtMs)}`;
    return [String(id), fault, component, titleOf(instance), state, ageOf(armedAtMs, nowMs), String(seed), until];
  });
  return tableLines([["ID", "FAULT", "COMPONENT", "INSTANCE", "STATE", "SINCE", "SEED", "UNTIL"], ...rows]);
}

function listed(ids: readonly string[]): string {
  return ids.length > 0 ? ids.join(", ") : "nothing";
}
