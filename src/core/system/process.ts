/** What a deployment knows of the processes that it runs. It is evidence like any other. */

import type { ComponentId } from "../words/ids.ts";

/** `hung` is stopped by a signal, `exited` ended by itself or by force, `stopped` ended because the deployment was asked to. */
export type ProcessState = "running" | "hung" | "exited" | "stopped" | "never-started";

/** How a process ended. */
export interface ProcessExit {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly code: number | null;
  readonly signal: string | null;
}

/** What became of one process. */
export interface ProcessStatus {
  readonly state: ProcessState;
  /** Where there is a process. */
  readonly pid?: number;
  /** Epoch milliseconds. */
  readonly startedAtMs?: number;
  /** The last time that it ended. */
  readonly exit?: ProcessExit;
}

/** One component as a deployment lists it; nothing of it changes while the deployment lives. */
export interface DeployedComponent {
  /** By which the component itself says who it is, for instance `node/2`. */
  readonly id: ComponentId;
  readonly kind: string;
  /** `host:port` that it was given. */
  readonly address: string;
  /** `host:port` at which other components reach it over links. */
  readonly linkAddresses: readonly string[];
}

/** One component and its process now. */
export interface DeployedProcess extends DeployedComponent, ProcessStatus {}

/** What the picture shows of a component's process. */
export interface ComponentProcess extends ProcessStatus {
  /** `host:port` that it was given. */
  readonly address: string;
  /** The deployment that runs it. */
  readonly owner: string;
}

/** Where a session learns of processes. */
export interface ProcessSource {
  /** Name of the deployment. */
  readonly owner: string;
  readonly read: (signal: AbortSignal) => Promise<readonly DeployedProcess[]>;
}
