/** What a query adds to the evidence, in the form in which it is put on record and read back. */

import * as v from "valibot";
import type { Inspected } from "../../core/subject/inspection.ts";
import type { LogEvent } from "../../core/system/logs.ts";
import type { SeriesWindow } from "../../core/system/series.ts";
import type { LookRecord } from "../../core/system/timeline.ts";
import { parse } from "../../core/text/parse.ts";
import { redactJson } from "../../core/text/redaction.ts";
import {
  InspectedSchema,
  JudgementSchema,
  LogEventSchema,
  list,
  PictureSchema,
  SeriesWindowSchema,
} from "../case/parts.ts";

/** What claims are weighed on besides the case. */
export interface Found {
  readonly series?: readonly SeriesWindow[];
  readonly logs?: readonly LogEvent[];
  readonly inspected?: readonly Inspected[];
  /** A fresh look, on which claims are weighed from then on. */
  readonly look?: LookRecord;
}

const FoundSchema = v.object({
  series: v.exactOptional(list(SeriesWindowSchema)),
  logs: v.exactOptional(list(LogEventSchema)),
  inspected: v.exactOptional(list(InspectedSchema)),
  look: v.exactOptional(v.object({ picture: PictureSchema, judgements: list(JudgementSchema) })),
});

/** What was found, without its secrets and without what is no number, as plain data. */
export function plainFound({ series, logs, inspected, look }: Found): Found {
  const plain = {
    ...(series && { series: series.map((one) => ({ ...one, points: one.points.filter(isFinite) })) }),
    ...(logs && { logs }),
    ...(inspected && { inspected }),
    ...(look && {
      look: { picture: { ...look.picture, series: look.picture.series.filter(isFinite) }, judgements: look.judgements },
    }),
  };
  return parseFound(JSON.parse(JSON.stringify(redactJson(plain))));
}

/**
 * Reads what is on record.
 * @throws {InvalidInputError} If it does not have that form.
 */
export function parseFound(value: unknown): Found {
  return parse(FoundSchema, value, "finding");
}

function isFinite({ value }: { readonly value: number }): boolean {
  return Number.isFinite(value);
}
