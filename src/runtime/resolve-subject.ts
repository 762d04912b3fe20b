/** Finds out which instance of a subject is meant, where it is and how strictly it is judged. */

import * as v from "valibot";
import {
  gracedInvariants,
  readSubjectSettings,
  type SubjectFlags,
  type SubjectSettings,
  subjectVariable,
  thresholdNames,
} from "../cli/args/subject-settings.ts";
import type { Thresholds } from "../core/subject/invariant.ts";
import type { Subject } from "../core/subject/subject.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import type { Deployment } from "../deployments/deployment.ts";
import type { Unusable } from "../deployments/driver.ts";
import { surveyDeployments } from "../deployments/mod.ts";
import { operatorHome } from "../io/home.ts";
import { log } from "../io/log.ts";
import { assemble, configKeys, keyOf, secretKeys } from "./config-keys.ts";
import { endpointsOf } from "./labs.ts";
import { loadSubject, troublesOf, type Wanted } from "./select-subjects.ts";

/** One subject instance, not opened yet. */
export interface SubjectTarget {
  readonly subject: Subject;
  /** Of the instance. */
  readonly name: string;
  /** As the subject's own schema takes it. */
  readonly config: unknown;
  /** What runs it, where that is known. */
  readonly deployment?: Deployment;
  /** Milliseconds by invariant, where they differ from the defaults. */
  readonly graceMs?: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, Thresholds>>;
}

/** A target and where everything about it came from. */
export interface ResolvedTarget extends SubjectTarget {
  readonly settings: SubjectSettings;
}

/** Nothing of the subject runs here, and nothing says where else it might. */
export class NowhereError extends Error {
  override readonly name = "NowhereError";
}

/** The instance of a subject whose endpoints were only said, and that nobody named. */
const UNNAMED = "default";

/**
 * Finds a subject's instance and everything that was said about it. Who types an endpoint means that one, and not what
 * happens to run here.
 * @throws {NowhereError} If nothing says where it is.
 * @throws {InvalidInputError} If a setting is malformed, or several instances run and none is named.
 */
export async function resolveTarget(subject: Subject, wanted: Wanted): Promise<ResolvedTarget> {
  const { choice, configuration } = wanted;
  const settings = readSubjectSettings(subject, flagsFor(subject, wanted), configuration);
  for (const warning of settings.warnings) log.warn(warning);
  const home = operatorHome(choice.home);
  const { running, unusable } =
    choice.endpoint.length > 0 ? { running: [], unusable: [] } : await surveyDeployments(home);
  const deployment = pickDeployment(running, subject.id, choice.name);
  const judged = {
    settings,
    subject,
    graceMs: Object.fromEntries([...settings.graceMs].map(([id, { value }]) => [id, value])),
    thresholds: byInvariant(settings),
  };
  if (deployment) return { ...judged, name: deployment.id, config: await endpointsOf(deployment), deployment };
  if (settings.endpoints.size === 0) throw nowhere(subject, { home, name: choice.name, unusable });
  return { ...judged, name: choice.name ?? UNNAMED, config: configOf(subject, settings) };
}

/** What a deployment runs, judged by the defaults. */
export async function targetOf(deployment: Deployment): Promise<SubjectTarget> {
  const subject = await loadSubject(deployment.subject);
  return { subject, name: deployment.id, config: await endpointsOf(deployment), deployment };
}

function pickDeployment(
  running: readonly Deployment[],
  subject: string,
  name: string | undefined,
): Deployment | undefined {
  const fitting = running.filter((one) => one.subject === subject && (name === undefined || one.id === name));
  const [only, ...more] = fitting;
  if (more.length === 0) return only;
  const names = fitting.map(({ id }) => id).join(", ");
  throw new InvalidInputError(`Cannot choose an instance of ${subject}: ${names} are running, expected --name`);
}

interface Nowhere {
  readonly home: string;
  readonly name: string | undefined;
  readonly unusable: readonly Unusable[];
}

function nowhere({ id, config }: Subject, { home, name, unusable }: Nowhere): NowhereError {
  const [key = ""] = configKeys(config).keys();
  const what = name === undefined ? `no deployment of it` : `no deployment "${name}" of it`;
  return new NowhereError(
    `Cannot find ${id}: ${what} runs in "${home}" and no address of it is set, ` +
      `expected "operator up ${id}", ${subjectVariable(id, key)}=… or --endpoint ${key}=…${troublesOf(unusable, name)}`,
  );
}

function configOf({ id, config: schema }: Subject, { endpoints }: SubjectSettings): unknown {
  const keys = configKeys(schema);
  const config = assemble([...endpoints].map(([key, { value }]) => [keys.get(key) ?? [key], value] as const));
  const result = v.safeParse(schema, config);
  if (result.success) return config;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? "";
  if (issue.input === undefined) {
    const missing = keyOf(path.split("."));
    throw new InvalidInputError(
      `Cannot open ${id} without its "${missing}", expected ${subjectVariable(id, missing)}=… or --endpoint ${missing}=…`,
    );
  }
  const isWithin = (name: string): boolean => `${path}.`.startsWith(`${(keys.get(name) ?? []).join(".")}.`);
  const [key, sourced] = [...endpoints].find(([name]) => isWithin(name)) ?? [];
  const because = secretKeys(schema).has(key ?? "") ? ", because" : ":";
  if (sourced) throw new InvalidInputError(`Cannot use ${sourced.origin} for "${key}"${because} ${issue.message}`);
  throw new InvalidInputError(`Cannot use configuration of "${id}" at "${path}": ${issue.message}`);
}

function byInvariant({ thresholds }: SubjectSettings): Readonly<Record<string, Thresholds>> {
  const found: Record<string, Record<string, number>> = {};
  for (const [name, { value }] of thresholds) {
    const at = name.indexOf(".");
    (found[name.slice(0, at)] ??= {})[name.slice(at + 1)] = value;
  }
  return found;
}

/** A flag is for every subject that has what it names; one that nobody has is left in, to be refused. */
function flagsFor(subject: Subject, { subjects, choice }: Wanted): SubjectFlags {
  const { endpoint, grace, threshold } = choice;
  const mine = (namesOf: (subject: Subject) => readonly string[]) => (text: string) => {
    const [name = ""] = text.split("=");
    return namesOf(subject).includes(name) || !subjects.some((other) => namesOf(other).includes(name));
  };
  return { endpoint, grace: grace.filter(mine(gracedInvariants)), threshold: threshold.filter(mine(thresholdNames)) };
}
