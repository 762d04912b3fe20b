/** The names under which work is leased, so that every process asks for the same. */

/** The one monitor of an instance. */
export function monitorLease(instance: number): string {
  return `monitor/${instance}`;
}

/** Who works on an incident. */
export function incidentLease(incident: number): string {
  return `incident/${incident}`;
}

/** The one executor that acts upon an instance. */
export function actionsLease(instance: number): string {
  return `actions/${instance}`;
}
