/** What breaking and loading a cluster takes: its deployment, PD's API, and the causes of an emulated process. */

import type { ChooseOptions } from "../../../core/subject/fault.ts";
import type { DeployedComponent } from "../../../core/system/process.ts";
import { ActionError, InvalidInputError } from "../../../core/text/errors.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { type Deployment, type LinkId, type Links, type Processes, powerOf } from "../../../deployments/deployment.ts";
import { PdClient } from "../client/pd-client.ts";
import { eventually } from "./eventually.ts";

/** What goes on until it is stopped, such as requests that are sent. */
export interface Running {
  readonly stop: () => void;
  readonly ended: Promise<unknown>;
}

/** Milliseconds that one call of PD may take. */
const PD_TIMEOUT_MS = 5000;

/** A connection to one running cluster. */
export class TikvLab implements AsyncDisposable {
  readonly deployment: Deployment;
  readonly pd: PdClient;
  /** What faults of this process keep doing, by the fault's name; it ends with the process. */
  readonly running = new Map<string, Running>();

  constructor(deployment: Deployment) {
    this.deployment = deployment;
    const addresses = deployment.components.filter(({ kind }) => kind === "pd").map(({ address }) => address);
    this.pd = new PdClient({ addresses, timeoutMs: PD_TIMEOUT_MS });
  }

  get stores(): readonly DeployedComponent[] {
    return this.deployment.components.filter(({ kind }) => kind === "store");
  }

  get pds(): readonly DeployedComponent[] {
    return this.deployment.components.filter(({ kind }) => kind === "pd");
  }

  get processes(): Processes {
    return powerOf(this.deployment, "processes");
  }

  get links(): Links {
    return powerOf(this.deployment, "links");
  }

  /**
   * One component by its id.
   * @throws {InvalidInputError} If the deployment has none of that id.
   */
  component(id: string): DeployedComponent {
    const { components } = this.deployment;
    const component = components.find((candidate) => candidate.id === id);
    if (component) return component;
    const known = components.map((candidate) => candidate.id).join(", ");
    throw new InvalidInputError(`Cannot find component "${id}" in "${this.deployment.id}", expected one of ${known}`);
  }

  /** The store that the person named, or one by lot. */
  chooseStore({ target, random }: Pick<ChooseOptions, "target" | "random">): ComponentId {
    if (target !== undefined) return this.#named(target, "store");
    const chosen = this.stores[Math.floor(random() * this.stores.length)];
    if (!chosen) throw new ActionError(`Cannot choose a store: "${this.deployment.id}" has none`);
    return chosen.id;
  }

  /**
   * The member of PD that leads.
   * @throws {ActionError} If none does.
   */
  async leader(signal: AbortSignal): Promise<ComponentId> {
    const { leader } = await this.pd.members(signal);
    const member = this.pds.find(({ id }) => id === `pd/${leader}`);
    if (!member)
      throw new ActionError(`Cannot find the leader of PD in "${this.deployment.id}": it is ${leader ?? "nobody"}`);
    return member.id;
  }

  /** Whether soon all members of PD name the same leader: during an election one of them may still name the last. */
  hasLeader(signal: AbortSignal): Promise<boolean> {
    return eventually(async () => {
      const views = this.pds.map(({ address }) => new PdClient({ addresses: [address], timeoutMs: PD_TIMEOUT_MS }));
      const leaders = new Set((await Promise.all(views.map((pd) => pd.members(signal)))).map(({ leader }) => leader));
      return leaders.size === 1 && !leaders.has(undefined);
    }, signal);
  }

  /** Links between a store and the components of a kind, both ways. */
  linksBetween(store: ComponentId, kind: "pd" | "store"): readonly LinkId[] {
    return this.links.all
      .filter(
        ({ from, to }) =>
          (from === store && to.startsWith(`${kind}/`)) || (to === store && from.startsWith(`${kind}/`)),
      )
      .map(({ id }) => id);
  }

  /** Whether a component runs and answers as a ready one does. */
  answers(component: ComponentId, signal: AbortSignal): Promise<boolean> {
    return this.deployment.answers(component, signal);
  }

  /** What a process is doing, as the deployment knows it. */
  async stateOf(id: ComponentId): Promise<string | undefined> {
    return (await this.processes.list()).find((process) => process.id === id)?.state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { stop } of this.running.values()) stop();
  }

  #named(target: string, kind: string): ComponentId {
    const { id, kind: own } = this.component(target);
    if (own === kind) return id;
    throw new InvalidInputError(`Cannot use target "${target}": it is a ${own}, expected a ${kind}`);
  }
}

/** Ends what goes on under a name, and waits for its end. */
export async function stopRunning({ running }: Pick<TikvLab, "running">, name: string): Promise<void> {
  const { stop, ended } = running.get(name) ?? {};
  stop?.();
  await ended;
  running.delete(name);
}
