/** Which actions of a record fix a cause, and which are harmful. Pure. */

import type { ActionRun } from "../../core/safety/action-run.ts";
import type { SituationRecord } from "./record.ts";
import type { Expected, ExpectedCause } from "./situation.ts";

/** The record and the causes. */
interface ScoredActions {
  readonly expected: Pick<Expected, "causes">;
  readonly record: Pick<SituationRecord, "runs">;
  readonly marks: { readonly began: ReadonlyMap<string, number> };
}

/** Runs that fixed a cause, oldest first: on its component, with an effect after it began. A component that broke again later still counts as fixed. */
export function fixingRuns(cause: ExpectedCause, { record, marks }: ScoredActions): readonly ActionRun[] {
  const beganMs = marks.began.get(cause.id) ?? Number.POSITIVE_INFINITY;
  return record.runs.filter((run) => isFixOf(run, cause) && run.effectAtMs !== undefined && run.effectAtMs >= beganMs);
}

/** An action run for an incident that fixes no existing cause is harmful, and so is one with a harmful effect. */
export function judgeActions({ expected: { causes }, record: { runs } }: ScoredActions): readonly string[] {
  return runs
    .filter(({ intendedAtMs, origin }) => intendedAtMs !== undefined && origin.kind === "incident")
    .filter((run) => run.state === "harmful" || !causes.some((cause) => isFixOf(run, cause) || isHarmless(run, cause)))
    .map(({ id, action, input, state }) => `action ${id} is harmful: ${action} ${JSON.stringify(input)}, ${state}`);
}

function isFixOf(run: ActionRun, cause: ExpectedCause): boolean {
  return cause.fixedBy.includes(run.action) && isOn(run, cause);
}

function isHarmless(run: ActionRun, cause: ExpectedCause): boolean {
  return (cause.harmless ?? []).includes(run.action) && isOn(run, cause);
}

function isOn({ preview }: ActionRun, { components }: ExpectedCause): boolean {
  return preview.entities.some((entity) => components.some((id) => id === entity));
}
