/** Whether an instance is emulated: by its deployment, or by what answers at its addresses. */

import type { Session } from "../../core/subject/subject.ts";
import type { Instance } from "../../core/words/instance.ts";
import type { Database } from "../../database/mod.ts";

/** What is known of whether an instance is emulated. */
export interface Marking {
  /** As it is on record. */
  readonly instance: () => Instance;
  /** Whether anybody has said so or otherwise; what is on record stays until then. */
  readonly isKnown: () => boolean;
  readonly mark: (isEmulated: boolean) => void;
}

/** The mark of an instance, where its deployment says which; without one what is on record stays until something answers. */
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

/** Milliseconds that what answers may take to say what it is. */
const MARK_WITHIN_MS = 2000;

/** Where only addresses are known, what answers there is asked what it is: at once, and after each look until it has said so. */
export async function marked(session: Session, marking: Marking): Promise<Session> {
  const { isEmulated } = session;
  if (!isEmulated) return session;
  async function ask(): Promise<void> {
    try {
      if (isEmulated) marking.mark(await isEmulated(AbortSignal.timeout(MARK_WITHIN_MS)));
    } catch {
      // Nothing answers, or the mark cannot be written: no look fails by that, and it is asked again after the next.
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
