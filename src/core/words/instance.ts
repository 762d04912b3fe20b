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
  /** Present where what runs stands in for the real system. */
  readonly emulated?: true;
}

/** The mark of an instance in its names and its printed rows. */
export type EmulatedMark = Pick<Instance, "emulated">;

/** The mark alone, as a part of JSON; nothing of a real system. */
export function emulatedMark({ emulated }: EmulatedMark): EmulatedMark {
  return emulated ? { emulated } : {};
}

/** How an instance is called in front of people: its name, the subject where that is another word, and the mark. */
export function titleOf({ subject, name, ...mark }: InstanceName & EmulatedMark): string {
  return withMark(subject === name ? name : `${subject} ${name}`, mark);
}

function withMark(name: string, { emulated }: EmulatedMark): string {
  return emulated ? `${name} (emulated)` : name;
}
