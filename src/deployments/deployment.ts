/** Where a subject runs, independent of the driver: its components, and the powers over them. */

import type { DeployedComponent, DeployedProcess } from "../core/system/process.ts";
import { ActionError } from "../core/text/errors.ts";
import type { ComponentId } from "../core/words/ids.ts";
import type { EmulatedMark, InstanceName } from "../core/words/instance.ts";

/** A dependency between two components that the deployment can impair. */
export type LinkId = `${ComponentId}->${ComponentId}`;

/** One link. It has no state here: probes show whether it works, as on a real network. */
export interface DeployedLink {
  readonly id: LinkId;
  readonly from: ComponentId;
  readonly to: ComponentId;
  /** `host:port` at which `from` reaches `to`. */
  readonly address: string;
}

/** Which lines of a log are wanted. A `LogFilter` of core is accepted. */
export interface LogsOptions {
  /** Newest lines at most. @default {1000} */
  readonly limit?: number;
  /** Continues with new lines until the signal aborts. */
  readonly follow?: boolean;
  readonly signal: AbortSignal;
}

/** Operations on a process that an action carries out. */
export type ProcessVerb = "start" | "stop" | "restart" | "resume";

/** Power over processes. Operations are idempotent. */
export interface Processes {
  /** Every component with its current process. */
  list(signal?: AbortSignal): Promise<readonly DeployedProcess[]>;
  /** Starts a process that does not exist, at its former address. */
  start(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Stops a process, hung or not, and starts it again at the same address. */
  restart(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Resumes a hung process. */
  resume(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Stops a process gracefully. */
  stop(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Kills a process at once. */
  kill(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Suspends a process: it does not answer and keeps its connections and locks. */
  hang(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** What an operation would send, verbatim. */
  sends(verb: ProcessVerb, component: ComponentId): string;
}

/** Power over the links between components. */
export interface Links {
  readonly all: readonly DeployedLink[];
  /** Whether the component at the end of a link answers over it as ready. */
  passes(link: LinkId, signal: AbortSignal): Promise<boolean>;
  /** Drops all traffic in both directions, without a refusal: requests get no answer. */
  cut(link: LinkId, signal?: AbortSignal): Promise<void>;
  /** Delays traffic by `delayMs` in each direction. */
  delay(link: LinkId, delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Passes at most `bytesPerSecond` in each direction. */
  throttle(link: LinkId, bytesPerSecond: number, signal?: AbortSignal): Promise<void>;
  /** Undoes cut, delay and throttle. Stalled connections are closed, so that nothing waits for them. */
  heal(link: LinkId, signal?: AbortSignal): Promise<void>;
}

/** Optional powers of a deployment. */
export interface Powers {
  readonly processes: Processes;
  readonly links: Links;
}

/**
 * A running instance of a subject. Operations on an unknown component or link throw `InvalidInputError`, and
 * `ActionError` if they have no effect.
 */
export interface Deployment extends Partial<Powers> {
  /** Name of the instance. */
  readonly id: string;
  readonly subject: string;
  /** Settings of the subject at start, by the names of its own flags. */
  readonly settings: Readonly<Record<string, string>>;
  readonly components: readonly DeployedComponent[];
  /** A secret of the instance; `undefined` if it has none of that name. */
  secret(name: string): string | undefined;
  /** The folder with one file per secret; `undefined` without secrets. */
  secretsFolder(): string | undefined;
  /** Whether a component answers as ready. */
  answers(component: ComponentId, signal: AbortSignal): Promise<boolean>;
  /** Raw lines of a component's log, oldest first; absent where there are no logs. */
  readonly logs?: (component: ComponentId, options: LogsOptions) => AsyncIterable<string>;
  /** Stops every component and removes the deployment. */
  down(): Promise<void>;
}

/**
 * A power of a deployment.
 * @throws {ActionError} If it does not have that one.
 */
export function powerOf<Name extends keyof Powers>(
  deployment: Pick<Deployment, "id"> & Partial<Powers>,
  name: Name,
): NonNullable<Partial<Powers>[Name]> {
  const powers: Partial<Powers> = deployment;
  const power = powers[name];
  if (power) return power;
  throw new ActionError(`Cannot use the ${name} of deployment "${deployment.id}": its driver cannot control them`);
}

/** The links that begin or end at a component; none where the deployment has no power over links. */
export function linksOf({ links }: Partial<Powers>, component: ComponentId): readonly DeployedLink[] {
  return links?.all.filter(({ from, to }) => from === component || to === component) ?? [];
}

/** The instance that it runs, as printed. */
export function instanceOf(deployment: Pick<Deployment, "id" | "subject" | "settings">): InstanceName & EmulatedMark {
  const { id: name, subject } = deployment;
  return { subject, name, ...(isEmulated(deployment) && { emulated: true }) };
}

/** Whether its processes emulate the real system, which all output about it says. */
export function isEmulated({ settings }: Pick<Deployment, "settings">): boolean {
  return settings["emulated"] !== undefined;
}
