/** One observed system: a subject by the name that a person or its deployment gave it. */

/** Which system is meant. */
export interface InstanceName {
  /** Id of the subject. */
  readonly subject: string;
  /** By default the deployment's id or the system's own. */
  readonly name: string;
}

/** An instance as the database knows it; every row of tickets, incidents and samples belongs to one. */
export interface Instance extends InstanceName {
  readonly id: number;
}
