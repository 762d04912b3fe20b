/** All processes and links of one local deployment, run by this process. */

import type { DeployedProcess } from "../../../core/system/process.ts";
import { InvalidInputError } from "../../../core/text/errors.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { systemClock } from "../../../io/clock.ts";
import { readPrivate } from "../../../io/files/private.ts";
import type { LinkId } from "../../deployment.ts";
import type { PlannedLink } from "../../recipe.ts";
import type { Folder } from "../folder/folder.ts";
import { Journal } from "../folder/journal.ts";
import { LinkProxy } from "../links/link-proxy.ts";
import { deployedComponentsOf, linkId, type Plan } from "../plan.ts";
import { isReady } from "../readiness.ts";
import { Child } from "./child.ts";

/** Milliseconds that a process has to become ready. */
const READY_TIMEOUT_MS = 30_000;

/** Callbacks and cancellation while a deployment comes up. */
export interface UpOptions {
  readonly signal: AbortSignal;
  /** Called when a component answers. */
  readonly onReady: (id: ComponentId) => void;
}

/** The folder of a deployment, and the identity of its processes. */
export interface ClusterOptions {
  readonly folder: Folder;
  /** Of the deployment. */
  readonly id: string;
  /** Whether the folder is still this deployment's. */
  readonly isHeld: () => boolean;
}

/** A deployment as its supervisor runs it. */
export class Cluster {
  readonly #plan: Plan;
  readonly #folder: Folder;
  readonly #children: ReadonlyMap<ComponentId, Child>;
  readonly #links = new Map<LinkId, LinkProxy>();

  constructor(plan: Plan, { folder, id, isHeld }: ClusterOptions) {
    this.#plan = plan;
    this.#folder = folder;
    const journal = new Journal({ path: folder.journal, id, isHeld });
    this.#children = new Map(
      plan.processes.map((process) => [process.id, new Child(process, { folder, id, journal })]),
    );
  }

  /**
   * Opens the links and starts everything, each process after those it needs.
   * @throws {Error} If a process ends or does not answer, with the end of its log.
   */
  async up({ signal, onReady }: UpOptions): Promise<void> {
    for (const link of this.#plan.links) this.#links.set(linkId(link), openLink(link));
    const halt = new AbortController();
    const bounded = AbortSignal.any([signal, halt.signal]);
    const ready = new Map<ComponentId, Promise<void>>();
    for (const child of this.#children.values()) {
      const needed = child.plan.after.flatMap((id) => ready.get(id) ?? []);
      const up = Promise.all(needed)
        .then(() => this.#bringUp(child, bounded))
        .then(() => onReady(child.plan.id));
      ready.set(child.plan.id, up);
    }
    try {
      await Promise.all(ready.values());
    } catch (error) {
      halt.abort(error);
      await Promise.allSettled(ready.values()); // nothing may start while the rest is taken down
      throw error;
    }
  }

  /** Ends every process, each before those it needs, then closes the links. */
  async down(): Promise<void> {
    const ended = new Map<ComponentId, Promise<void>>();
    for (const child of [...this.#children.values()].toReversed()) {
      const { id } = child.plan;
      const dependents = this.#plan.processes.filter(({ after }) => after.includes(id));
      const endings = dependents.flatMap((dependent) => ended.get(dependent.id) ?? []);
      ended.set(
        id,
        Promise.all(endings).then(() => child.stop()),
      );
    }
    await Promise.all(ended.values());
    for (const link of this.#links.values()) link[Symbol.dispose]();
  }

  components(): readonly DeployedProcess[] {
    return deployedComponentsOf(this.#plan).map((component) => ({
      ...component,
      ...this.child(component.id).status(),
    }));
  }

  /** @throws {InvalidInputError} If there is none of that id. */
  child(id: ComponentId): Child {
    return named("component", id, this.#children);
  }

  /** @throws {InvalidInputError} If there is none of that id. */
  link(id: LinkId): LinkProxy {
    return named("link", id, this.#links);
  }

  async #bringUp(child: Child, signal: AbortSignal): Promise<void> {
    const { id, ready, address } = child.plan;
    signal.throwIfAborted();
    await child.start();
    const deadline = systemClock.monotonic() + READY_TIMEOUT_MS;
    while (!(await isReady(ready, { address, folder: this.#folder, signal }))) {
      signal.throwIfAborted();
      const { exit } = child.status();
      if (exit) throw this.#failure(id, `ended with ${exit.signal ?? `code ${exit.code}`}`);
      if (systemClock.monotonic() > deadline) throw this.#failure(id, `no answer within ${READY_TIMEOUT_MS / 1000}s`);
      await systemClock.sleep(25, signal);
    }
  }

  #failure(id: ComponentId, state: string): Error {
    const { address, ready } = this.child(id).plan;
    const path = this.#folder.log(id);
    const wanted = ready.by === "http" ? `http://${address}${ready.path}` : address;
    const lines = (readPrivate(path) ?? "").trimEnd().split("\n").slice(-5);
    return new Error(
      [`Cannot start "${id}": ${state}, expected an answer at ${wanted}; the end of "${path}":`, ...lines].join("\n  "),
    );
  }
}

function openLink(link: PlannedLink): LinkProxy {
  try {
    return new LinkProxy({ listen: link.address, target: link.target });
  } catch (cause) {
    throw new Error(`Cannot open link "${linkId(link)}" at ${link.address}`, { cause });
  }
}

function named<Id extends string, T>(kind: string, id: Id, all: ReadonlyMap<Id, T>): T {
  const found = all.get(id);
  if (found) return found;
  throw new InvalidInputError(`Cannot find ${kind} "${id}", expected one of ${[...all.keys()].join(", ")}`);
}
