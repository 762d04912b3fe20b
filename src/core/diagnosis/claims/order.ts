/** `order`: one event seen before another. */

import * as v from "valibot";
import { EVENTS, type TimelineEvent } from "../../system/timeline.ts";
import { formatIso } from "../../text/units.ts";
import { IdText } from "../../words/ids.ts";
import { decided, defineClaim, unknown } from "./kind.ts";

const EventRef = v.object({
  event: v.picklist(EVENTS),
  of: IdText,
  to: v.optional(IdText),
  invariant: v.optional(v.string()),
});

type EventRef = v.InferOutput<typeof EventRef>;

/** It is stored history, which never lasts. */
export const order = defineClaim({
  schema: v.object({ kind: v.literal("order"), earlier: EventRef, later: EventRef }),
  evaluate({ earlier, later }, { timeline }) {
    const [a, b] = [earlier, later].map((wanted) => timeline.find((event) => isEvent(event, wanted)));
    const missing = a ? later : earlier;
    if (!a || !b) return unknown(`No ${missing.event} of ${missing.of} was seen`);
    const figure = `${a.summary} at ${formatIso(a.atMs)}, ${b.summary} at ${formatIso(b.atMs)}`;
    // Seen by the same look: the evidence does not tell which came first.
    return a.atMs === b.atMs ? unknown(figure) : decided(a.atMs < b.atMs, figure);
  },
  persists: () => false,
  words: ({ earlier, later }) => `${earlier.of} ${earlier.event} before ${later.of} ${later.event}`,
});

function isEvent(event: TimelineEvent, wanted: EventRef): boolean {
  return (
    event.event === wanted.event &&
    event.of === wanted.of &&
    (wanted.to === undefined || event.to === wanted.to) &&
    (wanted.invariant === undefined || event.invariant === wanted.invariant)
  );
}
