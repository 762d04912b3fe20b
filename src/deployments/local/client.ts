/** A local deployment as every process but its supervisor sees it: the plan from the folder, the powers over the control socket. */

import { existsSync } from "node:fs";
import * as v from "valibot";
import { ActionError, InvalidInputError } from "../../core/text/errors.ts";
import { type ComponentId, isComponentId } from "../../core/words/ids.ts";
import type { Deployment, LinkId, LogsOptions, MendingVerb, Part, PartLink, PartStatus } from "../deployment.ts";
import { linksOf } from "../deployment.ts";
import type { PlannedProcess } from "../recipe.ts";
import { STOP_GRACE_MS } from "./child.ts";
import type { ComponentCall, LinkCall } from "./control.ts";
import type { Folder } from "./folder.ts";
import { takeDown } from "./leftovers.ts";
import { readLog } from "./log-file.ts";
import { linkId, type Plan, partLinksOf, partsOf } from "./plan.ts";
import { isReady } from "./readiness.ts";
import { readSecret } from "./secrets.ts";
import { describeTrouble, stateOf } from "./state.ts";

/** Milliseconds that the supervisor may take for one operation. */
const CALL_TIMEOUT_MS = 30_000;

const Id = v.pipe(v.string(), v.guard(isComponentId));

const Components = v.array(
  v.object({
    id: Id,
    kind: v.string(),
    address: v.string(),
    linkAddresses: v.array(v.string()),
    state: v.picklist(["running", "hung", "exited", "stopped"]),
    pid: v.exactOptional(v.number()),
    startedAtMs: v.exactOptional(v.number()),
    exit: v.exactOptional(v.object({ atMs: v.number(), code: v.nullable(v.number()), signal: v.nullable(v.string()) })),
  }),
);

const Refusal = v.object({ name: v.string(), error: v.string() });

/** A deployment of processes of this machine. */
export class LocalDeployment implements Deployment {
  readonly id: string;
  readonly subject: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly parts: readonly Part[];
  readonly links: readonly PartLink[];
  readonly #plan: Plan;
  readonly #folder: Folder;

  constructor(plan: Plan, folder: Folder) {
    this.#plan = plan;
    this.#folder = folder;
    this.id = plan.name;
    this.subject = plan.subject;
    this.settings = plan.settings;
    this.parts = partsOf(plan);
    this.links = partLinksOf(plan);
  }

  secret(name: string): string | undefined {
    return readSecret(name, this.#folder);
  }

  secretsFolder(): string | undefined {
    return existsSync(this.#folder.secrets) ? this.#folder.secrets : undefined;
  }

  async components(signal?: AbortSignal): Promise<readonly PartStatus[]> {
    return v.parse(Components, await this.#ask("/components", undefined, signal));
  }

  async answers(component: ComponentId, options: { over?: LinkId; signal: AbortSignal }): Promise<boolean> {
    const { ready, address } = this.#process(component);
    const { over, signal } = options;
    const folder = this.#folder;
    if (!over) return await isReady(ready, { address, folder, signal });
    const link = this.#plan.links.find((link) => linkId(link) === over && link.to === component);
    if (link) return await isReady(ready, { address: link.address, folder, signal });
    throw new InvalidInputError(`Cannot ask "${component}" over "${over}": no such link to it`);
  }

  logs(component: ComponentId, options: LogsOptions): AsyncIterable<string> {
    return readLog(this.#folder.log(this.#process(component).id), options);
  }

  start(component: ComponentId, signal?: AbortSignal): Promise<void> {
    return this.#tell({ verb: "start", component }, signal);
  }

  restart(component: ComponentId, signal?: AbortSignal): Promise<void> {
    return this.#tell({ verb: "restart", component }, signal);
  }

  resume(component: ComponentId, signal?: AbortSignal): Promise<void> {
    return this.#tell({ verb: "resume", component }, signal);
  }

  stop(component: ComponentId, signal?: AbortSignal): Promise<void> {
    return this.#tell({ verb: "stop", component }, signal);
  }

  kill(component: ComponentId, signal?: AbortSignal): Promise<void> {
    return this.#tell({ verb: "kill", component }, signal);
  }

  hang(component: ComponentId, signal?: AbortSignal): Promise<void> {
    return this.#tell({ verb: "hang", component }, signal);
  }

  cut(link: LinkId, signal?: AbortSignal): Promise<void> {
    return this.#tell({ verb: "cut", link }, signal);
  }

  delay(link: LinkId, delayMs: number, signal?: AbortSignal): Promise<void> {
    return this.#tell({ verb: "delay", link, delayMs }, signal);
  }

  throttle(link: LinkId, bytesPerSecond: number, signal?: AbortSignal): Promise<void> {
    return this.#tell({ verb: "throttle", link, bytesPerSecond }, signal);
  }

  heal(link: LinkId, signal?: AbortSignal): Promise<void> {
    return this.#tell({ verb: "heal", link }, signal);
  }

  sends(verb: MendingVerb, component: ComponentId): string {
    const { command } = this.#process(component);
    const spawn = `spawn ${command.join(" ")}`;
    switch (verb) {
      case "start":
        return spawn;
      case "restart":
        return `SIGTERM to the process of ${component}, SIGKILL if it is there ${STOP_GRACE_MS / 1000}s later, then ${spawn}`;
      case "resume":
        return `SIGCONT to the process of ${component}`;
      case "reconnect":
        return `heal ${linksOf(this, component)
          .map(({ id, address }) => `link ${id} at ${address}`)
          .join(", ")}`;
    }
  }

  async down(): Promise<void> {
    await takeDown(this.#folder);
  }

  async #tell(call: ComponentCall | LinkCall, signal?: AbortSignal): Promise<void> {
    await this.#ask("link" in call ? "/links" : "/components", call, signal);
  }

  async #ask(path: string, body: unknown, signal?: AbortSignal): Promise<unknown> {
    const response = await this.#fetch(path, body, signal);
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    const { name, error } = v.parse(Refusal, answer);
    throw name === "InvalidInputError" ? new InvalidInputError(error) : new ActionError(error);
  }

  async #fetch(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
    try {
      return await fetch(`http://supervisor${path}`, {
        unix: this.#folder.socket,
        keepalive: false, // a kept connection may lead to an earlier supervisor of that name
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      const now = stateOf(this.#folder);
      if (now.state === "down")
        throw new ActionError(`Cannot reach deployment "${this.id}": it is not running any more`);
      if (now.state !== "running") {
        throw new ActionError(`Cannot reach deployment "${this.id}": ${describeTrouble(this.#folder, now)}`);
      }
      throw new ActionError(`Cannot reach the supervisor of deployment "${this.id}"`, { cause });
    }
  }

  #process(component: ComponentId): PlannedProcess {
    const found = this.#plan.processes.find(({ id }) => id === component);
    if (found) return found;
    const known = this.parts.map(({ id }) => id).join(", ");
    throw new InvalidInputError(`Cannot find component "${component}", expected one of ${known}`);
  }
}
