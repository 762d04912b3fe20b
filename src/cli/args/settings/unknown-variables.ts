/** Environment variables that look like settings of a command and are none. */

import { suggest } from "../../../core/text/suggest.ts";

/** What a command reads from the environment. */
export interface KnownVariables {
  /** What all of them begin with. */
  readonly prefix: string;
  readonly names: ReadonlySet<string>;
}

/** One warning for each variable of the prefix that sets nothing. Values stay out of it: one may be a secret. */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
  { prefix, names }: KnownVariables,
): readonly string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !names.has(name))
    .toSorted()
    .map((name) => `Variable ${name} is ignored: no such setting${meant(name, { prefix, names })}`);
}

/** The prefix that all have in common makes no two of them alike. */
function meant(name: string, { prefix, names }: KnownVariables): string {
  const own = [...names].map((one) => one.slice(prefix.length));
  const near = suggest(name.slice(prefix.length), own);
  return near === undefined ? "" : `, did you mean "${prefix}${near}"`;
}
