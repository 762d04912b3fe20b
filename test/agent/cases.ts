/** Cases for tests: small ones, of which a test states only what it is about. */

import { DEFAULT_LIMITS, openBudget } from "../../src/agent/budgets.ts";
import { CASE_VERSION, type Case, type CaseTicket } from "../../src/agent/case/case.ts";
import { type Desk, type DeskOptions, openDesk } from "../../src/agent/desk/desk.ts";
import { storedSources } from "../../src/agent/desk/stored.ts";
import { systemClock } from "../../src/io/clock.ts";

/** A case of an incident that began at 1500 and is judged at 2000, with nothing in it. */
export function aCase(given: Partial<Case>): Case {
  return {
    version: CASE_VERSION,
    atMs: 2000,
    subject: { id: "lamps", description: "Lamps on one mains.", vocabulary: {} },
    instance: "hall",
    incident: { id: 1, title: "Dark", beganAtMs: 1500, openedAtMs: 2000 },
    tickets: [],
    invariants: [],
    topology: { components: [], links: [], groups: [] },
    picture: { atMs: 2000, components: [], links: [], series: [] },
    judgements: [],
    sources: [],
    events: [],
    series: { atMs: [], rows: [] },
    changes: [],
    logs: [],
    inspections: [],
    past: [],
    ...given,
  };
}

/** An open ticket that lists its component. */
export function aTicket(given: Pick<CaseTicket, "invariant" | "on"> & Partial<CaseTicket>): CaseTicket {
  return {
    id: 1,
    affected: [given.on],
    severity: "critical",
    state: "open",
    summary: "It is dark",
    violatedSinceMs: 1500,
    openedAtMs: 2000,
    ...given,
  };
}

/** A desk on a case, with a budget that is not spent. */
export function storedDesk(given: Case, options: Partial<DeskOptions> = {}): Desk {
  return openDesk({
    case: given,
    sources: storedSources(given),
    budget: openBudget(DEFAULT_LIMITS, systemClock),
    record: () => undefined,
    ...options,
  });
}
