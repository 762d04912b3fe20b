/** The names under which work is leased, so that every process asks for the same. */

/** The one monitor of an instance. */
export function monitorLease(instance: number): string {
  return `monitor/${instance}`;
}

/** Who works on an incident. */
export function incidentLease(incident: number): string {
  return `incident/${incident}`;
}

/** The one effect on an instance; it ends with the effect. */
export function actionsLease(instance: number): string {
  return `actions/${instance}`;
}

/** Who works on an action run that belongs to no incident. */
export function runLease(run: number): string {
  return `run/${run}`;
}

/** Some executor of an instance, so that others know that there is one. */
export function executorLease(instance: number): string {
  return `executor/${instance}`;
}
