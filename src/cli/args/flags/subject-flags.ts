/** The flags by which every command that watches is told what to watch, and how strictly. */

import type { ArgsDef } from "citty";
import * as v from "valibot";
import { DurationMs } from "../../../core/text/units.ts";
import { TextList } from "./text-list.ts";

/** Their declarations. */
export const SUBJECT_ARGS: ArgsDef = {
  subject: {
    type: "string",
    description: "Subject to watch; optional where only one runs. Repeatable",
    valueHint: "subject",
  },
  name: { type: "string", description: "Name of the instance, where several run", valueHint: "deployment" },
  endpoint: {
    type: "string",
    description: "An address or other setting of the subject, such as redis=redis://10.0.0.5:6379. Repeatable",
    valueHint: "key=value",
  },
  grace: {
    type: "string",
    description: "Time that an invariant must be violated before a ticket opens. Repeatable",
    valueHint: "invariant=duration",
  },
  threshold: {
    type: "string",
    description: "Threshold of an invariant. Repeatable",
    valueHint: "invariant.name=number",
  },
  ephemeral: {
    type: "string",
    description: "Members that may come and go unexpected, such as node/4 or node/*. Repeatable",
    valueHint: "component",
  },
  db: { type: "string", description: "Database file; operator.db in the home by default", valueHint: "file" },
  home: { type: "string", description: "Folder of all state", valueHint: "folder" },
};

/** Those that may be given more than once. */
export const REPEATABLE: readonly string[] = ["subject", "endpoint", "grace", "threshold", "ephemeral"];

/** Those that stand in the subject's own section of the file, and not in the command's. */
export const ONLY_TYPED: readonly string[] = ["endpoint", "grace", "threshold", "ephemeral"];

/** Time between checkups; what is seen once in a day is not watched. */
export const CheckupInterval = v.pipe(
  DurationMs,
  v.minValue(100, 'Cannot watch that often, expected at least "100ms"'),
  v.maxValue(86_400_000, 'Cannot watch that seldom, expected at most "1d"'),
);

const InstanceName = v.pipe(
  v.string(),
  v.regex(
    /^[^\p{Cc}\p{Bidi_Control}]{1,100}$/u,
    "Cannot use that name, expected at most 100 characters that can be shown",
  ),
);

/** Their meaning, for the schema of a command. */
export const SubjectOptions = {
  subject: v.optional(TextList, []),
  name: v.optional(InstanceName),
  endpoint: v.optional(v.array(v.string()), []),
  grace: v.optional(v.array(v.string()), []),
  threshold: v.optional(v.array(v.string()), []),
  ephemeral: v.optional(TextList, []),
  db: v.optional(v.string()),
  home: v.optional(v.string()),
};

const Schema = v.object(SubjectOptions);

/** What a person said about the subjects. */
export type SubjectChoice = v.InferOutput<typeof Schema>;
