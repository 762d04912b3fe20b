/** The cases that trials judge: of an incident that opened, and of a pretended one. */

import { buildCase } from "../../agent/case/build.ts";
import type { Case } from "../../agent/case/case.ts";
import { seededRandom } from "../../core/system/random.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import type { OpenSubject } from "../../runtime/subjects/open-subject.ts";

/** Milliseconds since the pretended beginning of a pretended incident. */
const PRETENDED_MS = 10_000;

/** The case of an incident with a new look. */
export async function caseOf(incident: Incident, opened: OpenSubject, signal: AbortSignal): Promise<Case> {
  const { database, invariants } = opened.monitoring;
  const tracked = database.incidents.tickets(incident.id).map(({ entity }) => entity);
  const { session, monitoring } = opened;
  const now = await session.look({ signal, begunAfterMs: monitoring.clock.monotonic(), tracked });
  return buildCase(incident, now, { database, subject: { ...opened.target.subject, invariants } });
}

/** The case of a ticket with a false violation; everything else in it is as observed. */
export async function pretendedCase(
  { seed }: { readonly seed: number },
  opened: OpenSubject,
  signal: AbortSignal,
): Promise<Case> {
  const { database, instance, clock } = opened.monitoring;
  const random = seededRandom(seed);
  const states = database.entityStates.load(instance.id);
  const state = states[Math.floor(random() * states.length)];
  if (!state) throw new Error("Cannot make a pretended incident: nothing was judged yet");
  const by = { atMs: clock.now(), actor: "monitor/eval", reason: "Violated" } as const;
  const beganAtMs = clock.now() - PRETENDED_MS;
  const violated = { ...state, verdict: "violated" as const };
  const { invariant, on, entity } = state;
  // Nothing in its words tells that it is pretended.
  const problem = { reason: "violated", summary: `${entity} is violated` };
  const ticket = database.tickets.open(instance.id, {
    ...by,
    invariant,
    on,
    severity: "warning",
    entities: [violated],
    words: { entity, verdict: "violated", ...problem, figures: {}, affected: 1, violated: 1, problem },
    firstViolatedAtMs: beganAtMs,
    beganAtMs,
  });
  const title = `${invariant} of ${on} is violated`;
  const incident = database.incidents.open(instance.id, { ...by, title, beganAtMs, tickets: [ticket.id] });
  return await caseOf(incident, opened, signal);
}
