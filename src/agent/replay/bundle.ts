/** A bundle: a frozen incident in one file, with everything an engine could ask for and every step that one took. */

import * as v from "valibot";
import { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import { type InvestigationStep, Spending, STEP_KINDS } from "../../core/diagnosis/investigation.ts";
import { InvalidInputError } from "../../core/text/errors.ts";
import { isObject, parse } from "../../core/text/parse.ts";
import { redactJson } from "../../core/text/redaction.ts";
import { Case, parseCase } from "../case/case.ts";
import { TimeMs } from "../case/parts.ts";

/** Version of the form below. A file of a newer version is refused. */
export const BUNDLE_VERSION = 1;

const BundledStep = v.object({
  atMs: TimeMs,
  kind: v.picklist(STEP_KINDS),
  summary: v.string(),
  detail: v.optional(v.unknown(), null),
});

/** A step as a bundle keeps it. */
export type BundledStep = Pick<InvestigationStep, "atMs" | "kind" | "summary" | "detail">;

const Bundled = v.object({
  engine: v.string(),
  state: v.picklist(["running", "concluded", "failed", "abandoned"]),
  startedAtMs: TimeMs,
  outcome: v.string(),
  spent: Spending,
  steps: v.pipe(v.array(BundledStep), v.readonly()),
});

/** A frozen incident. */
export const Bundle = v.object({
  /** Version of the form. */
  bundle: v.literal(BUNDLE_VERSION),
  case: Case,
  /** The run of an engine over it; absent where there was none. */
  investigation: v.exactOptional(Bundled),
  diagnosis: v.exactOptional(Diagnosis),
  /** Present where what was investigated stands in for the real system. */
  emulated: v.exactOptional(v.literal(true)),
});

/** A frozen incident. */
export type Bundle = v.InferOutput<typeof Bundle>;

/** The text of a bundle, without secrets. */
export function writeBundle(bundle: Bundle): string {
  return `${JSON.stringify(redactJson(bundle))}\n`;
}

/**
 * Reads a bundle, or a file that holds a case and no more.
 * @throws {InvalidInputError} If it is neither, is cut short, or is of a newer version.
 */
export function readBundle(text: string): Bundle {
  const value = jsonOf(text);
  if (!isObject(value)) throw new InvalidInputError("Cannot use bundle: it is no object, expected a bundle or a case");
  const version = value["bundle"];
  if (typeof version === "number" && version > BUNDLE_VERSION) {
    throw new InvalidInputError(`Cannot use bundle: its version is ${version}, expected at most ${BUNDLE_VERSION}`);
  }
  if (version !== undefined) {
    parseCase(value["case"]);
    return parse(Bundle, value, "bundle");
  }
  return { bundle: BUNDLE_VERSION, case: parseCase(value["case"] ?? value) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInputError("Cannot use bundle: it is no JSON or is cut short, expected a bundle or a case");
  }
}
