/** A case without telemetry: the tickets are open, and everything that could show the cause is missing. Pure. */

import type { Case } from "../../agent/case/case.ts";

/** Removes all telemetry from a case. A cause named from it is a guess. */
export function withheld(given: Case): Case {
  const { pictureBefore: _pictureBefore, ...rest } = given;
  const picture = {
    atMs: given.picture.atMs,
    components: given.picture.components.map(({ id, kind }) => ({ id, kind, state: "unknown" as const })),
    links: given.picture.links.map(({ from, to, kind }) => ({ from, to, kind, state: "unknown" as const })),
    series: [],
  };
  return {
    ...rest,
    picture,
    judgements: given.judgements.map((said) => ({
      ...said,
      verdict: "unknown" as const,
      reason: "no-answer",
      summary: `${said.entity} is unknown`,
      evidence: {},
    })),
    tickets: given.tickets.map(({ reason: _reason, ...ticket }) => ({ ...ticket, summary: "Violated" })),
    events: [],
    series: { atMs: [], rows: [] },
    changes: [],
    logs: [],
    inspections: [],
    past: [],
  };
}
