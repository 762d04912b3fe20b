/** Where a subject runs, whatever runs it: its parts and links, and the powers to break and to mend them. */

import type { ComponentId } from "../core/words/ids.ts";

/** A dependency between two parts that the deployment can impair. */
export type LinkId = `${ComponentId}->${ComponentId}`;

/** One part as the deployment knows it; nothing of it changes while the deployment lives. */
export interface Part {
  /** The deployment's own name for it, for instance `node/2`. */
  readonly id: ComponentId;
  readonly kind: string;
  /** `host:port`, by which it is joined to a subject's component. */
  readonly address: string;
  /** `host:port` at which other parts reach it over links. */
  readonly linkAddresses: readonly string[];
}

/** `hung` is stopped by a signal, `exited` ended by itself or by force, `stopped` ended because the deployment was asked to. */
export type PartState = "running" | "hung" | "exited" | "stopped";

/** How a part ended. */
export interface PartExit {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly code: number | null;
  readonly signal: string | null;
}

/** One part as it is now. */
export interface PartStatus extends Part {
  readonly state: PartState;
  /** Where it is a process of this machine. */
  readonly pid?: number;
  /** Epoch milliseconds. */
  readonly startedAtMs?: number;
  /** The last time that it ended. */
  readonly exit?: PartExit;
}

/** One link. It has no state here: whether it carries anything is seen by probes, as on a real network. */
export interface PartLink {
  readonly id: LinkId;
  readonly from: ComponentId;
  readonly to: ComponentId;
  /** `host:port` at which `from` reaches `to`. */
  readonly address: string;
}

/** Which lines of a part's log are wanted. A `LogFilter` of core fits. */
export interface LogsOptions {
  /** Newest lines at most. @default {1000} */
  readonly limit?: number;
  /** Goes on with the lines to come until the signal aborts. */
  readonly follow?: boolean;
  readonly signal: AbortSignal;
}

/** Operations that bring a part back. */
export type MendingVerb = "start" | "restart" | "resume" | "reconnect";

/**
 * A running instance of a subject. Operations on an unknown part or link throw `InvalidInputError`, and `ActionError`
 * if they have no effect; those that ask for what is there already do nothing.
 */
export interface Deployment {
  /** Name of the instance. */
  readonly id: string;
  readonly subject: string;
  /** What the subject was configured with when it was brought up, by the names of its own flags. */
  readonly settings: Readonly<Record<string, string>>;
  readonly parts: readonly Part[];
  readonly links: readonly PartLink[];
  /** A secret that the instance was brought up with; `undefined` if it has none of that name. */
  secret(name: string): string | undefined;
  /** The folder in which a person finds them, a file each; `undefined` where there are none. */
  secretsFolder(): string | undefined;
  /** Every part as it is now. */
  components(signal?: AbortSignal): Promise<readonly PartStatus[]>;
  /** Whether a part answers as a ready one does, asked directly or over one of the links to it. */
  answers(component: ComponentId, options: { readonly over?: LinkId; readonly signal: AbortSignal }): Promise<boolean>;
  /** Raw lines of a part's log, oldest first. */
  logs(component: ComponentId, options: LogsOptions): AsyncIterable<string>;

  /** Starts a part that is not there, at the address it had. */
  start(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Ends a part, hung or not, and starts it again at the same address. */
  restart(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Lets a hung part go on. */
  resume(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Ends a part in good order. */
  stop(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Ends a part at once, without warning. */
  kill(component: ComponentId, signal?: AbortSignal): Promise<void>;
  /** Stops a part without ending it: it answers nothing and holds what it holds. */
  hang(component: ComponentId, signal?: AbortSignal): Promise<void>;

  /** Lets nothing through, either way, without a refusal: what is asked over it gets no answer. */
  cut(link: LinkId, signal?: AbortSignal): Promise<void>;
  /** Holds what is sent over a link back for `delayMs`, each way. */
  delay(link: LinkId, delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Lets at most `bytesPerSecond` through, each way. */
  throttle(link: LinkId, bytesPerSecond: number, signal?: AbortSignal): Promise<void>;
  /** Undoes cut, delay and throttle. Connections that stalled are closed, so that nobody waits on them. */
  heal(link: LinkId, signal?: AbortSignal): Promise<void>;

  /** What a mending operation would send, word for word. */
  sends(verb: MendingVerb, component: ComponentId): string;
  /** Ends every part and forgets the deployment. */
  down(): Promise<void>;
}

/** The links that begin or end at a part. */
export function linksOf({ links }: Pick<Deployment, "links">, component: ComponentId): readonly PartLink[] {
  return links.filter(({ from, to }) => from === component || to === component);
}
