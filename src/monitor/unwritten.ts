/** What is seen while nothing can be written: a person is told of it all the same, although nothing of it is kept. */

import type { Session } from "../core/subject/subject.ts";
import { entityKey } from "../core/tickets/entity-state.ts";
import { judgeAnswering } from "../core/tickets/self-check.ts";
import type { Verdict } from "../core/words/verdict.ts";
import type { FeedItem } from "../database/mod.ts";
import { type Observed, observe } from "./observe.ts";
import type { CheckupOptions } from "./options.ts";
import type { Tick } from "./schedule.ts";

/** A verdict that has changed, told and not written. */
export type Unwritten = Extract<FeedItem, { kind: "verdict" }>;

/** Looks without the database, and answers which verdicts are others than those that it told before. */
export function unwrittenLooker(
  session: Session,
  options: CheckupOptions,
): (tick: Tick) => Promise<readonly Unwritten[]> {
  const { record: _record, ...unrecorded } = options;
  const { instance, signal } = options;
  const told = new Map<string, Verdict>();
  return async ({ atMs }) => {
    const seen = await observedUntil(signal, () => observe(session, [], unrecorded));
    if (!seen) return [];
    const { checkup, failed } = seen;
    const blind = failed === undefined ? {} : { failed };
    const answering = judgeAnswering({ name: instance.name, sources: checkup?.sources ?? [], atMs, ...blind });
    return [...(checkup?.judgements ?? []), ...answering].flatMap((judgement): readonly Unwritten[] => {
      const { invariant, entity, on, verdict: to, reason, summary, evidence: figures } = judgement;
      const key = entityKey(judgement);
      const from = told.get(key);
      told.set(key, to);
      if (from === to || (from === undefined && to === "holds")) return [];
      const said = { on, to, reason, figures, ...(from !== undefined && { from }) };
      return [
        { kind: "verdict", atMs, change: { id: 0, instance: instance.id, atMs, invariant, entity, summary, ...said } },
      ];
    });
  };
}

/** What was observed; nothing where the watch ended meanwhile. */
async function observedUntil(signal: AbortSignal, look: () => Promise<Observed>): Promise<Observed | undefined> {
  try {
    return await look();
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
