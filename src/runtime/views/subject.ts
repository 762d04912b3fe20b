/** The settings of a subject, with their values in force and sources. */

import type { InvariantInfo, Subject } from "../../core/subject/subject.ts";
import { REDACTED, redactJson } from "../../core/text/redaction.ts";
import { OWN_INVARIANTS } from "../../core/tickets/own-invariants.ts";
import type { Deployment } from "../../deployments/deployment.ts";
import { surveyDeployments } from "../../deployments/mod.ts";
import { configKeys, secretKeys, valueAt } from "../subjects/config-keys.ts";
import { endpointsOf } from "../subjects/labs.ts";
import { resolveTarget, SubjectNotFoundError, type SubjectSelection } from "../subjects/resolve-subject.ts";
import type { Sourced, SubjectSettings } from "../subjects/settings.ts";

/** A setting as typed, without its secrets. */
export interface SettingView extends Sourced<string> {
  readonly name: string;
}

/** A subject with everything that can be set of it. */
export interface SubjectView {
  readonly id: string;
  readonly description: string;
  /** Or why its location is unknown. */
  readonly endpoints: readonly SettingView[] | SubjectNotFoundError;
  readonly invariants: readonly InvariantView[];
}

/** An invariant with its grace and thresholds in force. */
export interface InvariantView extends Pick<InvariantInfo, "id" | "severity" | "rationale"> {
  /** Milliseconds. */
  readonly grace: Sourced<number>;
  readonly thresholds: readonly (Sourced<number> & { readonly name: string; readonly description: string })[];
}

/** Resolves the settings in force. */
export async function subjectView(wanted: SubjectSelection, survey = surveyDeployments): Promise<SubjectView> {
  const { subject, settings } = wanted;
  const { id, description } = subject;
  const invariants = [...subject.invariants, ...OWN_INVARIANTS].map((one) => invariantView(one, settings));
  return { id, description, endpoints: await endpointViews(wanted, survey), invariants };
}

async function endpointViews(
  wanted: SubjectSelection,
  survey: typeof surveyDeployments,
): Promise<SubjectView["endpoints"]> {
  try {
    const { deployment } = await resolveTarget(wanted, survey);
    return deployment ? await deployedEndpoints(wanted.subject, deployment) : saidEndpoints(wanted);
  } catch (error) {
    if (error instanceof SubjectNotFoundError) return error;
    throw error;
  }
}

async function deployedEndpoints({ config }: Subject, deployment: Deployment): Promise<readonly SettingView[]> {
  const secrets = secretKeys(config);
  const clean = redacted(await endpointsOf(deployment));
  return [...configKeys(config)].flatMap(([name, path]) => {
    const value = valueAt(clean, path);
    if (value === undefined) return [];
    return [{ name, value: secrets.has(name) ? REDACTED : asTyped(value), origin: `deployment "${deployment.id}"` }];
  });
}

function saidEndpoints({ subject: { config }, settings: { endpoints } }: SubjectSelection): readonly SettingView[] {
  const secrets = secretKeys(config);
  const said = [...endpoints].map(([name, { value, origin }]) => {
    const shown = secrets.has(name) ? REDACTED : String(Object.values(redacted({ [name]: value }))[0]);
    return { name, value: shown, origin };
  });
  const unset = [...configKeys(config).keys()].filter((name) => !endpoints.has(name));
  return [...said, ...unset.map((name) => ({ name, value: "-", origin: "not set" }))];
}

function invariantView(
  { id, severity, rationale, graceMs, thresholds }: InvariantInfo,
  settings: SubjectSettings,
): InvariantView {
  return {
    id,
    severity,
    rationale,
    grace: inForce(settings.graceMs.get(id), graceMs),
    thresholds: Object.entries(thresholds).map(([name, { default: usual, description }]) => {
      return { name, description, ...inForce(settings.thresholds.get(`${id}.${name}`), usual) };
    }),
  };
}

function inForce(said: Sourced<number> | undefined, usual: number): Sourced<number> {
  return said ?? { value: usual, origin: "default" };
}

function asTyped(value: unknown): string {
  if (Array.isArray(value)) return value.map(asTyped).join(",");
  return typeof value === "object" && value !== null ? Object.values(value).map(asTyped).join("=") : String(value);
}

function redacted(config: unknown): object {
  const clean = redactJson(config);
  return typeof clean === "object" && clean !== null ? clean : {};
}
