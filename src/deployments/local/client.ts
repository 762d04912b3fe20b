/** A local deployment for every process except its supervisor: the plan from the folder, the powers over the control socket. */

import { existsSync, readdirSync } from "node:fs";
import type { DeployedComponent } from "../../core/system/process.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { Deployment, Links, LogsOptions, Processes } from "../deployment.ts";
import type { Folder } from "./folder/folder.ts";
import { takeDown } from "./folder/leftovers.ts";
import { readSecret } from "./folder/secrets.ts";
import { readLog } from "./logs/log-file.ts";
import { deployedComponentsOf, type Plan } from "./plan.ts";
import { linksOf, processesOf, processOf } from "./powers.ts";
import { isReady } from "./readiness.ts";

/** A deployment of processes of this machine. */
export class LocalDeployment implements Deployment {
  readonly id: string;
  readonly subject: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly components: readonly DeployedComponent[];
  readonly processes: Processes;
  readonly links: Links;
  readonly #plan: Plan;
  readonly #folder: Folder;

  constructor(plan: Plan, folder: Folder) {
    this.#plan = plan;
    this.#folder = folder;
    this.id = plan.name;
    this.subject = plan.subject;
    this.settings = plan.settings;
    this.components = deployedComponentsOf(plan);
    this.processes = processesOf(plan, folder);
    this.links = linksOf(plan, folder);
  }

  secret(name: string): string | undefined {
    return readSecret(name, this.#folder);
  }

  secretsFolder(): string | undefined {
    const { secrets } = this.#folder;
    return existsSync(secrets) && readdirSync(secrets).length > 0 ? secrets : undefined;
  }

  answers(component: ComponentId, signal: AbortSignal): Promise<boolean> {
    const { ready, address } = processOf(this.#plan, component);
    return isReady(ready, { address, folder: this.#folder, signal });
  }

  logs(component: ComponentId, options: LogsOptions): AsyncIterable<string> {
    return readLog(this.#folder.log(processOf(this.#plan, component).id), options);
  }

  async down(): Promise<void> {
    await takeDown(this.#folder);
  }
}
