/** When an answer came, by the observer's clock and by that of who answered. */

import type { ProbeTranscript } from "../../../core/text/probe-transcript.ts";
import { clockOffsetOf } from "../../../io/http/date-header.ts";

/** How long an answer took, and by which clock it is dated. */
export interface AnswerTime {
  /** Milliseconds that it took; absent in what was recorded before that was kept. */
  readonly afterMs?: number;
  /** Milliseconds from the observer's clock, at least so far from 0; absent where the answer is not dated. */
  readonly clockOffsetMs?: number;
}

/** The time of one answer. */
export function answerTimeOf(
  reply: Parameters<typeof clockOffsetOf>[0] & { readonly transcript: ProbeTranscript },
): AnswerTime {
  const clockOffsetMs = clockOffsetOf(reply);
  const afterMs = Math.round(reply.transcript.endedMs);
  return { afterMs, ...(clockOffsetMs !== undefined && { clockOffsetMs }) };
}
