/** The trouble of an incident as it was, for what healed before anybody had looked for its cause. */

import type { Checkup, InvariantJudgement } from "../core/subject/checkup.ts";
import { rewind } from "../core/system/timeline.ts";
import { entityKey } from "../core/tickets/entity-state.ts";
import type { Incident } from "../core/tickets/incident.ts";
import type { Database } from "../database/mod.ts";

/**
 * The look at which its tickets opened, from what is on record; `undefined` unless everything that it is about holds at the
 * first look for its cause.
 */
export function asItWas({ id, instance }: Incident, now: Checkup, database: Database): Checkup | undefined {
  if (database.incidents.diagnoses(id).length > 0) return undefined;
  const open = database.incidents.tickets(id).filter(({ state }) => state === "open");
  const violated = new Map(
    open.flatMap(({ id: ticket, invariant, on, problem: { reason, summary } }) =>
      database.tickets
        .entities(ticket)
        .filter(({ leftAtMs }) => leftAtMs === undefined)
        .map(({ entity }) => [entityKey({ invariant, entity }), { on, reason, summary }] as const),
    ),
  );
  const holding = new Map(
    now.judgements.filter(({ verdict }) => verdict === "holds").map((one) => [entityKey(one), one] as const),
  );
  if (violated.size === 0 || !violated.keys().every((key) => holding.has(key))) return undefined;
  const { picture, topology = now.topology } = newestEvidence(open, database) ?? {};
  if (!picture) return undefined;
  const { atMs } = picture;
  const since = database.events.between(instance, { fromMs: atMs, toMs: now.picture.atMs });
  const rewound = new Map(rewind(now.judgements, since, atMs).map((one) => [entityKey(one), one] as const));
  const judgements = now.judgements.flatMap((one): readonly InvariantJudgement[] => {
    const key = entityKey(one);
    const was = rewound.get(key);
    const words = violated.get(key);
    if (words) return [{ ...one, ...words, verdict: "violated", readAtMs: atMs }];
    return was ? [{ ...one, ...was, readAtMs: atMs }] : [];
  });
  return { ...now, startedAtMs: atMs, judgements, picture, topology };
}

function newestEvidence(
  tickets: readonly { readonly evidence?: number }[],
  { evidence }: Database,
): ReturnType<Database["evidence"]["get"]> {
  const newest = Math.max(0, ...tickets.flatMap((ticket) => ticket.evidence ?? []));
  return newest === 0 ? undefined : evidence.get(newest);
}
