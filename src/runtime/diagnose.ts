/** Diagnoses in the foreground: one incident, or every one that needs it, once. */

import { investigateNext, investigateOne } from "../agent/agent.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import type { Incident } from "../core/tickets/incident.ts";
import type { Database } from "../database/mod.ts";
import { investigable } from "./incident-steps.ts";
import { instanceOf } from "./instances.ts";
import { agentOptions, type OperateOptions } from "./operate.ts";
import type { OpenSubject } from "./subjects/open-subject.ts";

/** The engine, and who is notified. */
export type DiagnoseOptions = Pick<OperateOptions, "engine" | "name" | "investigation">;

/**
 * Diagnoses one incident now, and returns its state afterwards.
 * @throws {InvalidInputError} If it cannot be investigated now, or belongs to another instance.
 */
export async function diagnoseIncident(
  opened: OpenSubject,
  { incident: id, ...options }: DiagnoseOptions & { readonly incident: number },
  signal: AbortSignal,
): Promise<Incident> {
  const { database, clock, instance } = opened.monitoring;
  const incident = investigable(database, id, { atMs: clock.now() });
  if (incident.instance !== instance.id) {
    const { subject, name } = instanceOf(database, incident);
    throw new InvalidInputError(
      `Incident ${id} belongs to ${subject} ${name}, not to ${instance.subject} ${instance.name}: name it with --subject ${subject} --name ${name}`,
    );
  }
  const investigated = await investigateOne(id, agentOptions(opened, options), signal);
  if (investigated) return investigated;
  throw new InvalidInputError(`Incident ${id} is being worked on by another process: try again when it is done`);
}

/** Investigates every incident that needs it now, once, and returns their states afterwards. */
export async function investigateOnce(
  opened: OpenSubject,
  options: DiagnoseOptions,
  signal: AbortSignal,
): Promise<readonly Incident[]> {
  const { database, instance } = opened.monitoring;
  const investigating = agentOptions(opened, options);
  const done = new Map<number, Incident>();
  for (let left = database.incidents.list({ instance: instance.id, unresolved: true }).length; left > 0; left -= 1) {
    const incident = await investigateNext(investigating, signal);
    if (!incident || done.has(incident.id)) break;
    done.set(incident.id, incident);
  }
  return [...done.values()];
}

/** Which subject and instance an incident belongs to; `undefined` if there is no such incident. */
export function subjectOf(
  database: Database,
  id: number,
): { readonly subject: string; readonly name: string } | undefined {
  const incident = database.incidents.get(id);
  if (!incident) return undefined;
  const { subject, name } = instanceOf(database, incident);
  return { subject, name };
}
