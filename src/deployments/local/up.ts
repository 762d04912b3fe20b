/** Brings a local deployment up: starts its supervisor and waits until everything is ready, or taken down again. */

import { randomUUID } from "node:crypto";
import { closeSync, constants } from "node:fs";
import type { Subprocess } from "bun";
import * as v from "valibot";
import { InvalidInputError } from "../../core/text/errors.ts";
import { isComponentId } from "../../core/words/ids.ts";
import { openPrivate } from "../../io/files/private.ts";
import { readLines } from "../../io/lines.ts";
import {
  childEnvironment,
  endProcess,
  findProgram,
  lookAtProcess,
  operatorCommand,
  processState,
  waitUntil,
} from "../../io/system/process.ts";
import { takeFreePort } from "../../io/system/tcp.ts";
import type { Deployment } from "../deployment.ts";
import type { UpOptions, UpOrder } from "../driver.ts";
import type { Site } from "../recipe.ts";
import { LocalDeployment } from "./client.ts";
import { type Folder, folderOf, makeFolder } from "./folder/folder.ts";
import { cleanUp, takeOver } from "./folder/leftovers.ts";
import { DEPLOYMENT_VARIABLE } from "./folder/marker.ts";
import { describeTrouble, stateOf } from "./folder/state.ts";
import type { Plan } from "./plan.ts";
import { inUse } from "./supervisor/supervisor.ts";

type Supervisor = Subprocess<"pipe", "pipe", number>;

const Event = v.pipe(
  v.string(),
  v.parseJson(),
  v.variant("event", [
    v.object({ event: v.literal("ready"), component: v.pipe(v.string(), v.guard(isComponentId)) }),
    v.object({ event: v.literal("up") }),
    v.object({ event: v.literal("failed"), message: v.string() }),
  ]),
);

/** Messages of a supervisor to the process that started it, one line of JSON each. */
export type SupervisorEvent = v.InferOutput<typeof Event>;

/** Milliseconds that a supervisor has to take down what it started. */
const GIVE_UP_GRACE_MS = 20_000;

/** Supervisors whose input stays open as long as this process lives. */
const tethered = new Set<Supervisor>();

/**
 * Starts a deployment that continues after this process has ended, unless it is temporary.
 * @throws {Error} If the name is in use, its folder is not a deployment, a program is missing or something does not start.
 */
export async function upLocal(
  { home, recipe, name = recipe.subject, throwaway = false, ...order }: UpOrder,
  options: UpOptions,
): Promise<Deployment> {
  const folder = folderOf(home, name);
  if (order.takeOver) await takeOver(folder);
  refuseUnlessFree(folder);
  const { subject, settings, local } = recipe;
  if (!local) throw new InvalidInputError(`Cannot run ${subject} as processes: its recipe describes no processes`);
  const plan: Plan = { name, subject, settings: { ...settings }, ...local(thisSite(folder)) };
  const secrets = recipe.secrets?.() ?? {};
  makeFolder(folder, { throwaway });
  const id = randomUUID();
  const supervisor = startSupervisor(folder, id);
  try {
    await supervisor.stdin.write(`${JSON.stringify({ home, id, plan, secrets, throwaway })}\n`);
    await supervisor.stdin.flush();
    await untilUp(supervisor, plan, { ...options, folder });
    if (throwaway) tethered.add(supervisor);
    else await supervisor.stdin.end(); // from now on it is independent of this process
    const deployment = new LocalDeployment(plan, folder);
    if (options.signal.aborted) await deployment.down();
    options.signal.throwIfAborted();
    return deployment;
  } catch (error) {
    await giveUp(supervisor, folder);
    options.signal.throwIfAborted();
    throw error;
  } finally {
    supervisor.unref();
  }
}

/** Remains of a dead supervisor do not count: the next one cleans up. */
function refuseUnlessFree(folder: Folder): void {
  const now = stateOf(folder);
  if (now.state === "down" || now.state === "dead") return;
  if (now.state === "running") throw inUse(folder);
  throw new Error(`Cannot bring up deployment "${folder.name}" in "${folder.path}": ${describeTrouble(folder, now)}`);
}

function thisSite({ secret }: Folder): Site {
  return {
    takePort: takeFreePort,
    operator: operatorCommand(),
    program(name, howToGet) {
      const path = findProgram(name);
      if (path) return path;
      throw new Error(`Cannot find program "${name}", expected it on PATH (${howToGet})`);
    },
    secretFile: secret,
  };
}

/** A process of its own session, so that Ctrl-C and the end of this process do not reach it. */
function startSupervisor({ path, supervisorLog }: Folder, id: string): Supervisor {
  const log = openPrivate(supervisorLog, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
  try {
    // It gets its whole configuration as input, so no configuration file can make it refuse to start.
    return Bun.spawn([...operatorCommand(), "supervise", "--config=/dev/null"], {
      cwd: path,
      detached: true,
      stdin: "pipe",
      stdout: "pipe",
      stderr: log,
      env: { ...childEnvironment("operator"), [DEPLOYMENT_VARIABLE]: id },
    });
  } finally {
    closeSync(log);
  }
}

async function untilUp(
  supervisor: Supervisor,
  { name }: Plan,
  { signal, onReady, folder }: UpOptions & { readonly folder: Folder },
): Promise<void> {
  const stop = (): void => void supervisor.stdin.end(); // it reads the end of its input and takes everything down
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    for await (const line of readLines(supervisor.stdout)) {
      const event = v.parse(Event, line);
      if (event.event === "ready") onReady?.(event.component);
      if (event.event === "up" && !signal.aborted) return;
      if (event.event === "failed") throw new Error(event.message);
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
  throw new Error(`Cannot bring up deployment "${name}": its supervisor ended; see "${folder.supervisorLog}"`);
}

async function giveUp(supervisor: Supervisor, folder: Folder): Promise<void> {
  const left = lookAtProcess(supervisor.pid);
  await supervisor.stdin.end();
  if (left && !(await waitUntil(() => processState(left) === "gone", GIVE_UP_GRACE_MS))) await endProcess(left, 0);
  await cleanUp(folder);
}
