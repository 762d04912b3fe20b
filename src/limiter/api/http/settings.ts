/** Settings of the HTTP side: who may call, what a check may ask for, how many may be connected. */

import * as v from "valibot";
import { DurationMs } from "../../../core/text/units.ts";
import { MAX_CONNECTIONS, MAX_COST, MAX_LIMIT } from "../../settings/bounds.ts";
import { countUpTo, windowCalled } from "../../settings/quantities.ts";

/** What a check may ask for; limits set by an administrator are not bound by it. */
export interface CallerBounds {
  /** Whether a check may bring a limit and a window of its own. */
  readonly rules: boolean;
  readonly limit: number;
  readonly windowMs: number;
  readonly cost: number;
}

const Toggle = v.union(
  [
    v.boolean(),
    v.pipe(
      v.picklist(["true", "false"]),
      v.transform((word) => word === "true"),
    ),
  ],
  ({ input }) => `Cannot read "${String(input)}", expected true or false`,
);

const HostNames = v.pipe(
  v.string(),
  v.transform((text) =>
    text
      .split(",")
      .map((name) => name.trim().toLowerCase())
      .filter(Boolean),
  ),
  v.array(
    v.pipe(
      v.string(),
      v.regex(/^[a-z\d_-]+(?:\.[a-z\d_-]+)*$/, ({ input }) => wrongName(input)),
    ),
  ),
);

/** Read by the names of their flags. */
export const HTTP_SETTINGS = {
  /** Names, besides `localhost` and the node's own, that `/api` answers to. */
  allowedHosts: v.optional(HostNames, ""),
  /** Serves other machines without a token. */
  insecure: v.optional(Toggle, false),
  perCallRules: v.optional(Toggle, true),
  maxLimit: v.optional(countUpTo("max-limit", MAX_LIMIT), 100_000),
  maxWindow: v.optional(windowCalled("max-window"), "1d"),
  maxCost: v.optional(countUpTo("max-cost", MAX_COST), 10_000),
  maxConnections: v.optional(countUpTo("max-connections", MAX_CONNECTIONS), 4000),
  /** Milliseconds after which an idle connection is closed. */
  idleTimeout: v.optional(idleTimeout(), "75s"),
} as const;

/** Where a node listens, and how it is protected. */
export interface Exposure {
  readonly host: string;
  readonly token?: string | undefined;
  readonly insecure: boolean;
}

/** Whether the node is protected from callers on other machines, or explicitly insecure. */
export function isGuarded({ host, token, insecure }: Exposure): boolean {
  return token !== undefined || insecure || isLoopback(host);
}

/** The message about a node without protection. */
export function unguarded({ input }: { readonly input: Pick<Exposure, "host"> }): string {
  return (
    `other machines can reach "${input.host}" and change every limit without a token, ` +
    "expected --token-file or --token, or --insecure to serve without one"
  );
}

/** Whether only this machine can reach the host. */
function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?|\[?::ffff:127(?:\.\d{1,3}){3}\]?)$/i.test(host);
}

/** Bun counts whole seconds, in one byte. */
function idleTimeout(): v.GenericSchema<string | number, number> {
  const message = 'Cannot use idle-timeout, expected whole seconds from "1s" to "255s"';
  return v.pipe(DurationMs, v.multipleOf(1000, message), v.minValue(1000, message), v.maxValue(255_000, message));
}

function wrongName(name: string): string {
  return `Cannot use host name "${name}", expected names without a port such as "limiter.example,limiter.internal"`;
}
