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

/** What one observation is told. */
export type ObserveOptions = Pick<CheckupOptions, "clock" | "signal" | "record" | "deadlineMs">;

/** Milliseconds between two recordings beside one look: a component that is slow to answer must not leave gaps in the history of others. */
const RECORD_EVERY_MS = 1000;

/** Looks, and records at the same time and again while the look lasts. */
export async function observe(
  session: Pick<Session, "look">,
  tracked: Iterable<EntityId>,
  options: ObserveOptions,
): Promise<Observed> {
  const begun = options.clock.monotonic();
  const looking = within((signal) => session.look({ signal, tracked }), options);
  const [checkup, recorded] = await Promise.all([
    looking,
    options.record ? recordDuring(looking, options.record, options) : undefined,
  ]);
  options.signal.throwIfAborted();
  return {
    ...("value" in checkup ? { checkup: checkup.value } : { failed: checkup.failed }),
    ...(recorded && "failed" in recorded && { unrecorded: recorded.failed }),
    elapsedMs: options.clock.monotonic() - begun,
  };
}

/** Records until a look has ended, at least once; how the last recording went. */
async function recordDuring(
  looking: Promise<unknown>,
  record: NonNullable<CheckupOptions["record"]>,
  options: ObserveOptions,
): Promise<Outcome<void>> {
  const { clock, signal } = options;
  const ended = new AbortController();
  const end = looking.then(() => ended.abort());
  for (;;) {
    const begun = clock.monotonic();
    const outcome = await within(record, options);
    const restMs = RECORD_EVERY_MS - (clock.monotonic() - begun);
    if (!ended.signal.aborted && restMs > 0) {
      const rest = expiry(clock, restMs, AbortSignal.any([signal, ended.signal]));
      await Promise.race([end, rest.catch(() => undefined)]);
    }
    if (ended.signal.aborted || signal.aborted) return outcome;
  }
}

const DEADLINE_MS = 10_000;

type Outcome<T> = { readonly value: T } | { readonly failed: string };

/** Runs with a signal that fires at the deadline, and does not wait for what ignores it. */
async function within<T>(
  run: (signal: AbortSignal) => Promise<T>,
  { clock, signal, deadlineMs = DEADLINE_MS }: ObserveOptions,
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
