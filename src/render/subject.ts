/** What `operator watch --subject x --help` says of a subject: its endpoints and invariants, and where each value comes from. */

import { withFileKeys } from "../cli/args/secrets.ts";
import type { Sourced } from "../cli/args/settings.ts";
import { readSubjectSettings, type SubjectSettings, subjectVariable } from "../cli/args/subject-settings.ts";
import type { InvariantInfo, Subject } from "../core/subject/subject.ts";
import { messageOf } from "../core/text/errors.ts";
import { REDACTED, redactJson } from "../core/text/redaction.ts";
import { formatDurationMs } from "../core/text/units.ts";
import { ANSWERS_PROBES } from "../core/tickets/blindness.ts";
import { configKeys, secretKeys, valueAt } from "../runtime/config-keys.ts";
import { NowhereError, type ResolvedTarget, resolveTarget } from "../runtime/resolve-subject.ts";
import type { Wanted } from "../runtime/select-subjects.ts";
import { tableLines } from "./table.ts";

/** Everything that can be set of the subjects that are wanted. */
export async function describeSubjects(wanted: Wanted): Promise<string> {
  const parts = await Promise.all(wanted.subjects.map((subject) => describeSubject(subject, wanted)));
  return parts.join("\n\n");
}

async function describeSubject(subject: Subject, wanted: Wanted): Promise<string> {
  try {
    const target = await resolveTarget(subject, wanted);
    return describe(subject, target.settings, renderEndpoints(target));
  } catch (error) {
    if (!(error instanceof NowhereError)) throw error;
    const settings = readSubjectSettings(subject, wanted.choice, wanted.configuration);
    return describe(subject, settings, [messageOf(error)]);
  }
}

function describe(subject: Subject, settings: SubjectSettings, endpoints: readonly string[]): string {
  const { id, description, config } = subject;
  const keys = withFileKeys(configKeys(config).keys(), secretKeys(config));
  return [
    `SUBJECT ${id}`,
    "",
    `  ${description}`,
    "",
    "ENDPOINTS",
    "",
    ...endpoints.map((line) => `  ${line}`),
    "",
    `  Set by [${id}] in the file, ${subjectVariable(id, "…")} or --endpoint: ${keys.join(", ")}.`,
    "",
    "INVARIANTS",
    "",
    ...[...subject.invariants, ANSWERS_PROBES].flatMap((invariant) => describeInvariant(invariant, settings)),
    `  Graces by [${id}.grace], ${subjectVariable(id, "grace")} or --grace; thresholds by [${id}.threshold],`,
    `  ${subjectVariable(id, "threshold")} or --threshold.`,
  ].join("\n");
}

/** Of a deployment all come from one place; otherwise each has its own. */
function renderEndpoints({ config, deployment, settings, subject }: ResolvedTarget): readonly string[] {
  const secrets = secretKeys(subject.config);
  if (deployment) {
    const clean = redacted(config);
    const all = [...configKeys(subject.config)].map(([key, path]) => ({ key, value: valueAt(clean, path) }));
    const known = all.filter(({ value }) => value !== undefined);
    return tableLines(
      known.map(({ key, value }) => [
        key,
        secrets.has(key) ? REDACTED : asTyped(value),
        `deployment "${deployment.id}"`,
      ]),
    );
  }
  const rows = [...settings.endpoints].map(([key, { value, origin }]) => [
    key,
    secrets.has(key) ? REDACTED : String(Object.values(redacted({ [key]: value }))[0]),
    origin,
  ]);
  const unset = [...configKeys(subject.config).keys()].filter((key) => !settings.endpoints.has(key));
  return tableLines([...rows, ...unset.map((key) => [key, "-", "not set"])]);
}

function describeInvariant(
  { id, severity, graceMs, rationale, thresholds }: InvariantInfo,
  settings: SubjectSettings,
): readonly string[] {
  const grace = inForce(settings.graceMs.get(id), graceMs);
  const rows = [
    ["grace", formatDurationMs(grace.value), grace.origin],
    ...Object.entries(thresholds).map(([name, { default: usual, description }]) => {
      const { value, origin } = inForce(settings.thresholds.get(`${id}.${name}`), usual);
      return [name, String(value), `${origin}: ${description}`];
    }),
  ];
  return [`  ${id} (${severity}): ${rationale}`, ...tableLines(rows).map((line) => `    ${line}`), ""];
}

function inForce(said: Sourced<number> | undefined, usual: number): Sourced<number> {
  return said ?? { value: usual, origin: "default" };
}

/** As a person would type it. */
function asTyped(value: unknown): string {
  if (Array.isArray(value)) return value.map(asTyped).join(",");
  return typeof value === "object" && value !== null ? Object.values(value).map(asTyped).join("=") : String(value);
}

function redacted(config: unknown): object {
  const clean = redactJson(config);
  return typeof clean === "object" && clean !== null ? clean : {};
}
