/** One observation under a deadline: what it brought, or why it brought nothing. */

import type { Checkup } from "../core/subject/checkup.ts";
import type { Session } from "../core/subject/subject.ts";
import type { Clock } from "../core/system/clock.ts";
import { messageOf } from "../core/text/errors.ts";
import type { EntityId } from "../core/words/ids.ts";
import type { CheckupOptions } from "./options.ts";

/** What one observation came to. */
export interface Observed {
  readonly checkup?: Checkup;
  /** Why there is no checkup. */
  readonly failed?: string;
  /** Why the recorder got nothing. */
  readonly unrecorded?: string;
  readonly elapsedMs: number;
}

/** Looks and records at the same time. */
export async function observe(
  session: Session,
  tracked: Iterable<EntityId>,
  options: CheckupOptions,
): Promise<Observed> {
  const begun = options.clock.monotonic();
  const [checkup, recorded] = await Promise.all([
    within((signal) => session.look({ signal, tracked }), options),
    options.record ? within(options.record, options) : undefined,
  ]);
  options.signal.throwIfAborted();
  return {
    ...("value" in checkup ? { checkup: checkup.value } : { failed: checkup.failed }),
    ...(recorded && "failed" in recorded && { unrecorded: recorded.failed }),
    elapsedMs: options.clock.monotonic() - begun,
  };
}

const DEADLINE_MS = 10_000;

type Outcome<T> = { readonly value: T } | { readonly failed: string };

/** Runs with a signal that fires at the deadline, and does not wait for what ignores it. */
async function within<T>(
  run: (signal: AbortSignal) => Promise<T>,
  { clock, signal, deadlineMs = DEADLINE_MS }: CheckupOptions,
): Promise<Outcome<T>> {
  const done = new AbortController();
  const late = new AbortController();
  const reason = new DOMException(`No end within ${deadlineMs} ms`, "TimeoutError");
  try {
    return await Promise.race([
      run(AbortSignal.any([signal, late.signal])).then((value) => ({ value })),
      expiry(clock, deadlineMs, AbortSignal.any([signal, done.signal])).then(() => {
        late.abort(reason);
        return { failed: reason.message };
      }),
    ]);
  } catch (error) {
    return { failed: messageOf(error) };
  } finally {
    done.abort();
  }
}

async function expiry(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal);
}
