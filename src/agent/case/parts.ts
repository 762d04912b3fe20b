/** Schemas of what a case is made of: the picture, what was said of it, what happened, and what was read. */

import * as v from "valibot";
import type { Json } from "../../core/subject/inspection.ts";
import { LATE_ANSWERS } from "../../core/system/picture.ts";
import { EVENTS } from "../../core/system/timeline.ts";
import { IdText } from "../../core/words/ids.ts";
import { PROBE_FAILURES } from "../../core/words/probe-outcome.ts";

/** A list that nobody changes. */
export function list<Item extends v.GenericSchema>(
  item: Item,
): v.SchemaWithPipe<readonly [v.ArraySchema<Item, undefined>, v.ReadonlyAction<v.InferOutput<Item>[]>]> {
  return v.pipe(v.array(item), v.readonly());
}

/** Epoch milliseconds. */
export const TimeMs = v.pipe(v.number(), v.finite());

const State = v.picklist(["up", "down", "unknown"]);
const Verdict = v.picklist(["holds", "violated", "unknown"]);
const Labels = v.record(v.string(), v.string());
const Figures = v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()]));
const AnyJson = v.custom<Json>((value) => value !== undefined, "Cannot read value, expected JSON");
const SeriesKind = v.picklist(["counter", "gauge", "quantile"]);
const Signal = v.picklist(["cpu", "memory", "io", "latency", "error", "traffic", "network", "node"]);

const Process = v.object({
  state: v.picklist(["running", "hung", "exited", "stopped", "never-started"]),
  pid: v.exactOptional(v.number()),
  startedAtMs: v.exactOptional(TimeMs),
  exit: v.exactOptional(v.object({ atMs: TimeMs, code: v.nullable(v.number()), signal: v.nullable(v.string()) })),
  address: v.string(),
  owner: v.string(),
});

const Component = v.object({
  id: IdText,
  kind: v.string(),
  state: State,
  probe: v.exactOptional(v.picklist(["answered", ...PROBE_FAILURES])),
  probedAtMs: v.exactOptional(TimeMs),
  address: v.exactOptional(v.string()),
  identity: v.exactOptional(IdText),
  process: v.exactOptional(Process),
  startedAtMs: v.exactOptional(TimeMs),
  version: v.exactOptional(v.string()),
  configHash: v.exactOptional(v.string()),
  clockOffsetMs: v.exactOptional(v.number()),
  labels: v.exactOptional(Labels),
});

/** The generic picture of one look. */
export const PictureSchema = v.object({
  atMs: TimeMs,
  components: list(Component),
  links: list(
    v.object({
      from: IdText,
      to: IdText,
      kind: v.string(),
      state: State,
      latencyMs: v.exactOptional(v.number()),
      answers: v.exactOptional(v.picklist(LATE_ANSWERS)),
    }),
  ),
  series: list(
    v.object({
      name: v.string(),
      component: IdText,
      unit: v.string(),
      kind: SeriesKind,
      signal: Signal,
      value: v.number(),
    }),
  ),
});

/** What should be there. */
export const TopologySchema = v.object({
  components: list(v.object({ id: IdText, kind: v.string(), address: v.exactOptional(v.string()) })),
  links: list(v.object({ from: IdText, to: IdText, kind: v.string() })),
  groups: list(v.object({ id: IdText, members: list(IdText), minimumUp: v.number() })),
});

/** What an invariant said of an entity. */
export const JudgementSchema = v.object({
  invariant: v.string(),
  entity: IdText,
  on: IdText,
  verdict: Verdict,
  reason: v.string(),
  word: v.exactOptional(v.string()),
  summary: v.string(),
  evidence: Figures,
  answeredAfterMs: v.exactOptional(v.number()),
  readAtMs: TimeMs,
});

/** One change, with what was said of a verdict. */
export const EventSchema = v.object({
  atMs: TimeMs,
  event: v.picklist(EVENTS),
  of: IdText,
  to: v.optional(IdText),
  invariant: v.optional(v.string()),
  summary: v.string(),
  said: v.exactOptional(
    v.object({ on: IdText, from: v.exactOptional(Verdict), to: Verdict, reason: v.string(), figures: Figures }),
  ),
});

/** Series that were read at the same moments: one column of times, and a row of values for each; null where one has none. */
export const SeriesTable = v.object({
  atMs: list(TimeMs),
  rows: list(
    v.object({
      metric: v.string(),
      labels: Labels,
      unit: v.string(),
      kind: SeriesKind,
      signal: Signal,
      values: list(v.nullable(v.number())),
    }),
  ),
});

/** Series that were read at the same moments. */
export type SeriesTable = v.InferOutput<typeof SeriesTable>;

/** Points of one series. */
export const SeriesWindowSchema = v.object({
  metric: v.string(),
  labels: Labels,
  points: list(v.object({ atMs: TimeMs, value: v.number() })),
});

/** One line of a log. */
export const LogEventSchema = v.object({
  atMs: TimeMs,
  component: IdText,
  level: v.picklist(["debug", "info", "warn", "error", "fatal", "unknown"]),
  message: v.string(),
  fields: Labels,
});

/** The last lines of one component's log, or why they could not be read. */
export const LogTailSchema = v.object({
  component: IdText,
  events: list(LogEventSchema),
  failed: v.exactOptional(v.string()),
});

/** What one inspection showed. */
export const InspectedSchema = v.object({
  id: v.string(),
  component: IdText,
  atMs: TimeMs,
  value: v.exactOptional(AnyJson),
  failed: v.exactOptional(v.string()),
  isCut: v.exactOptional(v.boolean()),
  difference: v.exactOptional(
    v.object({
      sinceMs: TimeMs,
      changes: list(
        v.object({
          path: v.string(),
          was: v.exactOptional(AnyJson),
          is: v.exactOptional(AnyJson),
          by: v.exactOptional(v.number()),
        }),
      ),
    }),
  ),
});
