/** Where a subject runs, whatever runs it: its components, and what powers there are over them. */

import type { DeployedComponent, DeployedProcess } from "../core/system/process.ts";
import { ActionError } from "../core/text/errors.ts";
import type { ComponentId } from "../core/words/ids.ts";
import type { EmulatedMark, InstanceName } from "../core/words/instance.ts";

/** A dependency between two components that the deployment can impair. */
export type LinkId = `${ComponentId}->${ComponentId}`;

/** One link. It has no state here: whether it carries anything is seen by probes, as on a real network. */
export interface DeployedLink {
  readonly id: LinkId;
  readonly from: ComponentId;
  readonly to: ComponentId;
  /** `host:port` at which `from` reaches `to`. */
  readonly address: string;
}

/** Which lines of a log are wanted. A `LogFilter` of core fits. */
export interface LogsOptions {
  /** Newest lines at most. @default {1000} */
  readonly limit?: number;
  /** Goes on with the lines to come until the signal aborts. */
  readonly follow?: boolean;
  readonly signal: AbortSignal;
}

/** Operations on a process that an action carries out. */
export type ProcessVerb = "start" | "stop" | "restart" | "resume";

/** Power over processes. What asks for a state that is there already does nothing. */
export interface Processes {
  /** Every component with its process as it is now. */
  list(signal?: AbortSignal): Promise<readonly DeployedProcess[]>;
  /** Starts a process that is not there, at the address it had. */
  start(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Ends a process, hung or not, and starts it again at the same address. */
  restart(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Lets a hung process go on. */
  resume(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Ends a process in good order. */
  stop(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Ends a process at once, without warning. */
  kill(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Stops a process without ending it: it answers nothing and holds what it holds. */
  hang(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** What an operation would send, word for word. */
  sends(verb: ProcessVerb, component: ComponentId): string;
}

/** Power over the links between components. */
export interface Links {
  readonly all: readonly DeployedLink[];
  /** Whether the component at the end of a link answers over it as a ready one does. */
  passes(link: LinkId, signal: AbortSignal): Promise<boolean>;
  /** Lets nothing through, either way, without a refusal: what is asked over it gets no answer. */
  cut(link: LinkId, signal?: AbortSignal): Promise<void>;
  /** Holds what is sent over a link back for `delayMs`, each way. */
  delay(link: LinkId, delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Lets at most `bytesPerSecond` through, each way. */
  throttle(link: LinkId, bytesPerSecond: number, signal?: AbortSignal): Promise<void>;
  /** Undoes cut, delay and throttle. Connections that stalled are closed, so that nobody waits on them. */
  heal(link: LinkId, signal?: AbortSignal): Promise<void>;
}

/** Powers that not every deployment has. */
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
  /** What the subject was configured with when it was brought up, by the names of its own flags. */
  readonly settings: Readonly<Record<string, string>>;
  readonly components: readonly DeployedComponent[];
  /** A secret that the instance was brought up with; `undefined` if it has none of that name. */
  secret(name: string): string | undefined;
  /** The folder in which a person finds them, a file each; `undefined` where there are none. */
  secretsFolder(): string | undefined;
  /** Whether a component answers as a ready one does. */
  answers(component: ComponentId, signal: AbortSignal): Promise<boolean>;
  /** Raw lines of a component's log, oldest first; absent where there are no logs. */
  readonly logs?: (component: ComponentId, options: LogsOptions) => AsyncIterable<string>;
  /** Ends every component and forgets the deployment. */
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

/** The instance that it runs, as it is printed of. */
export function instanceOf(deployment: Pick<Deployment, "id" | "subject" | "settings">): InstanceName & EmulatedMark {
  const { id: name, subject } = deployment;
  return { subject, name, ...(isEmulated(deployment) && { emulated: true }) };
}

/** Whether its processes stand in for the real system, which is said of everything that is printed of it. */
export function isEmulated({ settings }: Pick<Deployment, "settings">): boolean {
  return settings["emulated"] !== undefined;
}
