/** Determines whether an instance is emulated: by its deployment, or by what answers at its addresses. */

import type { Session } from "../../core/subject/subject.ts";
import type { Instance } from "../../core/words/instance.ts";
import type { Database } from "../../database/mod.ts";

/** Whether an instance is emulated, as far as known. */
export interface Marking {
  /** As recorded. */
  readonly instance: () => Instance;
  /** Whether it was determined; until then the record stays. */
  readonly isKnown: () => boolean;
  readonly mark: (isEmulated: boolean) => void;
}

/** The mark of an instance by its deployment; without one the record stays until something answers. */
export function markingOf({ instances }: Database, named: Instance, isEmulated: boolean | undefined): Marking {
  let instance = isEmulated === undefined ? named : instances.mark(named, isEmulated);
  let isKnown = isEmulated !== undefined;
  return {
    instance: () => instance,
    isKnown: () => isKnown,
    mark(isEmulated) {
      instance = instances.mark(instance, isEmulated);
      isKnown = true;
    },
  };
}

/** Milliseconds until an endpoint must answer whether it is emulated. */
const MARK_WITHIN_MS = 2000;

/** If only addresses are known, their endpoints are asked: at once, and after each look until one has answered. */
export async function marked(session: Session, marking: Marking): Promise<Session> {
  const { isEmulated } = session;
  if (!isEmulated) return session;
  async function ask(): Promise<void> {
    try {
      if (isEmulated) marking.mark(await isEmulated(AbortSignal.timeout(MARK_WITHIN_MS)));
    } catch {
      // Nothing answers, or the mark cannot be written: looks do not fail, and it is retried after the next one.
    }
  }
  await ask();
  return {
    ...session,
    async look(request) {
      const checkup = await session.look(request);
      if (!marking.isKnown()) await ask();
      return checkup;
    },
  };
}
