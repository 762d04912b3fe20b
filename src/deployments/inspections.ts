/** Inspections of the processes of a deployment on this machine. */

import type { BoundInspection, Json } from "../core/subject/inspection.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import type { ComponentId } from "../core/words/ids.ts";
import { hostLoad, portOwner, processUsage } from "../io/system/process-facts.ts";
import { parseHostPort } from "../io/system/tcp.ts";
import type { Deployment, Processes } from "./deployment.ts";

/**
 * The inspections of a deployment.
 * @param nameOf The deployment's own name for a component of the subject, where it runs that one.
 */
export function deploymentInspections(
  deployment: Deployment,
  nameOf: (component: ComponentId) => ComponentId | undefined,
): readonly BoundInspection[] {
  const { processes } = deployment;
  if (!processes) return [];
  return [
    {
      id: "process",
      description: "State, start, exit and use of the process, who listens on its port, and how busy the machine is.",
      cost: "cheap",
      timeoutMs: 1000,
      appliesTo: (component) => nameOf(component) !== undefined,
      read: async (component, signal) => await processFacts(processes, nameOf(component) ?? component, signal),
    },
  ];
}

async function processFacts(processes: Processes, id: ComponentId, signal: AbortSignal): Promise<Json> {
  const status = (await processes.list(signal)).find((one) => one.id === id);
  if (!status) throw new InvalidInputError(`Cannot inspect "${id}": the deployment does not run it`);
  const { state, pid, startedAtMs, exit, address } = status;
  const owner = portOwner(parseHostPort(address).port);
  const usage = pid === undefined ? undefined : processUsage(pid);
  const host = hostLoad();
  return {
    state,
    address,
    port_owner: owner ? { pid: owner.pid, command: owner.command, is_this_process: owner.pid === pid } : null,
    ...(pid !== undefined && { pid }),
    ...(startedAtMs !== undefined && { started_at: new Date(startedAtMs).toISOString() }),
    ...(exit && { exit: { at: new Date(exit.atMs).toISOString(), code: exit.code, signal: exit.signal } }),
    ...(usage && {
      cpu_seconds: usage.cpuSeconds,
      ...(usage.cpuWaitSeconds !== undefined && { cpu_wait_seconds: usage.cpuWaitSeconds }),
      resident_bytes: usage.residentBytes,
      threads: usage.threads,
      ...(usage.openFiles !== undefined && { open_files: usage.openFiles }),
    }),
    host: {
      load_1m: host.load1m,
      cores: host.cores,
      memory_bytes: host.memoryBytes,
      free_memory_bytes: host.freeMemoryBytes,
    },
  };
}
