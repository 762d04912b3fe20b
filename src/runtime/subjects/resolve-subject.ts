/** Resolves the instance of a subject, its location, and its thresholds and graces. */

import type { Thresholds } from "../../core/subject/invariant.ts";
import { ConfigurationError, type ConfiguredSubject, type Subject } from "../../core/subject/subject.ts";
import { InvalidInputError } from "../../core/text/errors.ts";
import type { EmulatedMark, InstanceName } from "../../core/words/instance.ts";
import { type Deployment, instanceOf } from "../../deployments/deployment.ts";
import type { Survey, Unusable } from "../../deployments/driver.ts";
import { surveyDeployments } from "../../deployments/mod.ts";
import { assemble, configKeys, keyOf, secretKeys } from "./config-keys.ts";
import { endpointsOf } from "./labs.ts";
import type { SubjectSettings } from "./settings.ts";
import { loadSubject } from "./subjects.ts";

/** A requested subject, and all settings for it. */
export interface SubjectSelection {
  readonly subject: Subject;
  /** Folder of the deployments. */
  readonly home: string;
  /** Of the instance. */
  readonly name?: string;
  readonly settings: SubjectSettings;
  /** Whether to use the endpoints of the settings, regardless of deployments here. */
  readonly byEndpoint: boolean;
}

/** One subject instance, not opened yet. */
export interface SubjectTarget {
  readonly subject: Subject;
  /** Of the instance. */
  readonly name: string;
  readonly configured: ConfiguredSubject;
  /** The deployment that runs it, if known. */
  readonly deployment?: Deployment;
  /** Milliseconds by invariant, if they differ from the defaults. */
  readonly graceMs?: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, Thresholds>>;
  /** Components that may come and go, by id or as `kind/*`. */
  readonly ephemeral?: readonly string[];
}

/** The subject does not run here, and no settings say where it does. */
export class SubjectNotFoundError extends InvalidInputError {
  readonly subject: Subject;
  /** Deployments that might have been meant. */
  readonly unusable: readonly Unusable[];
  /** Names of the deployments of the subject that do run, where another was named. */
  readonly running: readonly string[];

  constructor({ subject, home, name }: SubjectSelection, { running, unusable }: Survey) {
    const others = running.filter((one) => one.subject === subject.id).map(({ id }) => id);
    const instead = others.length > 0 ? ` (${others.join(", ")} ${others.length === 1 ? "does" : "do"})` : "";
    const what = name === undefined ? "no deployment of it" : `no deployment "${name}" of it`;
    super(`Cannot find ${subject.id}: ${what} runs in "${home}"${instead} and no address of it is set`);
    this.subject = subject;
    this.unusable = unusable.filter((one) => name === undefined || one.name === name);
    this.running = others;
  }
}

/** A required setting of the subject is missing. */
export class MissingSettingError extends InvalidInputError {
  /** Id of the subject. */
  readonly subject: string;
  /** Name of the setting. */
  readonly key: string;

  constructor(subject: string, key: string) {
    super(`Cannot open ${subject} without its "${key}"`);
    this.subject = subject;
    this.key = key;
  }
}

/** Name of an instance that is known only by endpoints and was not named. */
const UNNAMED = "default";

/**
 * Finds a subject's instance: a deployment takes precedence over settings.
 * @throws {SubjectNotFoundError} If nothing says where it is.
 * @throws {InvalidInputError} If a setting is malformed, or several instances run and none is named.
 */
export async function resolveTarget(wanted: SubjectSelection, survey = surveyDeployments): Promise<SubjectTarget> {
  const { subject, settings, home, name, byEndpoint } = wanted;
  const { running, unusable } = byEndpoint ? { running: [], unusable: [] } : await survey(home);
  const deployment = pickDeployment(running, subject.id, name);
  const judged = {
    graceMs: Object.fromEntries([...settings.graceMs].map(([id, { value }]) => [id, value])),
    thresholds: byInvariant(settings),
    ...(settings.ephemeral && { ephemeral: settings.ephemeral.value }),
  };
  if (deployment) return { ...(await targetOf(deployment)), ...judged };
  if (settings.endpoints.size === 0) throw new SubjectNotFoundError(wanted, { running, unusable });
  return { ...judged, subject, name: name ?? UNNAMED, configured: configure(subject, settings) };
}

/** A target for a deployment, with default thresholds. */
export async function targetOf(deployment: Deployment): Promise<SubjectTarget> {
  const subject = await loadSubject(deployment.subject);
  return { subject, name: deployment.id, configured: subject.configure(await endpointsOf(deployment)), deployment };
}

/** The name of a target's instance, and whether its deployment is emulated. */
export function nameOfTarget({ subject, name, deployment }: SubjectTarget): InstanceName & EmulatedMark {
  return deployment ? instanceOf(deployment) : { subject: subject.id, name };
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
  throw new InvalidInputError(
    `Cannot choose an instance of ${subject}: ${names} are running, expected the name of one`,
  );
}

function configure(subject: Subject, { endpoints }: SubjectSettings): ConfiguredSubject {
  const keys = configKeys(subject.config);
  try {
    return subject.configure(
      assemble([...endpoints].map(([key, { value }]) => [keys.get(key) ?? [key], value] as const)),
    );
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const { path, reason, isMissing } = error;
    if (isMissing) throw new MissingSettingError(subject.id, keyOf(path.split(".")));
    const isWithin = (name: string): boolean => `${path}.`.startsWith(`${(keys.get(name) ?? []).join(".")}.`);
    const [key = "", sourced] = [...endpoints].find(([name]) => isWithin(name)) ?? [];
    if (!sourced) throw error;
    const because = secretKeys(subject.config).has(key) ? ", because" : ":";
    throw new InvalidInputError(`Cannot use ${sourced.origin} for "${key}"${because} ${reason}`);
  }
}

function byInvariant({ thresholds }: SubjectSettings): Readonly<Record<string, Thresholds>> {
  const found: Record<string, Record<string, number>> = {};
  for (const [name, { value }] of thresholds) {
    const at = name.indexOf(".");
    (found[name.slice(0, at)] ??= {})[name.slice(at + 1)] = value;
  }
  return found;
}
