/** What the runtime found, in the words of the command line: which command, variable or flag helps. */

import { InvalidInputError, messageOf } from "../../core/text/errors.ts";
import type { Database } from "../../database/mod.ts";
import type { Unusable } from "../../deployments/driver.ts";
import { log } from "../../io/log.ts";
import type { FollowEvent } from "../../runtime/follow.ts";
import { configKeys } from "../../runtime/subjects/config-keys.ts";
import type { OpenSubject } from "../../runtime/subjects/open-subject.ts";
import { MissingSettingError, SubjectNotFoundError } from "../../runtime/subjects/resolve-subject.ts";
import { subjectVariable } from "./settings/subject-settings.ts";

/** What went wrong, and what helps where that is known. */
export function wordsOf(error: unknown): string {
  if (error instanceof SubjectNotFoundError) {
    const { id, config } = error.subject;
    const [key = ""] = configKeys(config).keys();
    return `${error.message}, expected "operator up ${id}", ${waysToSay(id, key)}${troublesOf(error.unusable)}`;
  }
  if (error instanceof MissingSettingError) {
    return `${error.message}, expected ${waysToSay(error.subject, error.key)}`;
  }
  return messageOf(error);
}

/** Deployments that might have been meant and cannot be used, as the end of a sentence. */
export function troublesOf(unusable: readonly Unusable[]): string {
  return unusable.map(({ name, why }) => `; "${name}": ${why}`).join("");
}

/** What happens to a subject that is followed. */
export function followWords(event: FollowEvent): string {
  if (event.kind === "nowhere") return `${wordsOf(event.error)}; waiting for it`;
  return `${event.subject} has come up elsewhere; following it`;
}

/** Of many addresses, as many are named. */
const MOST_ADDRESSES = 8;

/** Addresses at which a subject should be, and how one is brought up. */
export function describeAddresses({ target, session }: OpenSubject): string {
  const addresses = session.topology().components.flatMap(({ id, address }) => (address ? [`${address} (${id})`] : []));
  const { id } = target.subject;
  const more = addresses.length - MOST_ADDRESSES;
  const tried = `${addresses.slice(0, MOST_ADDRESSES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return `tried ${tried}; "operator up ${id}" brings one up here, --endpoint says where else one is`;
}

/**
 * What the number of a row means.
 * @throws {InvalidInputError} If there is no such row.
 */
export function found<T>(row: T | undefined, what: string, list: string): T {
  if (row !== undefined) return row;
  throw new InvalidInputError(`There is no ${what}; list them with: ${list}`);
}

/** Checks the audit log and says loudly if it is broken. Watching goes on: what is seen does not depend on the log. */
export function tellBrokenAudit({ audit, path }: Database): void {
  const { broken } = audit.verify();
  if (!broken) return;
  log.error(`The audit log of "${path}" is broken: ${broken.why}`);
  log.error("No action runs without a person's approval while it is broken. Check with: operator audit verify");
}

function waysToSay(subject: string, key: string): string {
  return `${subjectVariable(subject, key)}=… or --endpoint ${key}=…`;
}
