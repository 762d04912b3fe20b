/** One process of a local deployment, across its starts and ends. */

import { closeSync, constants } from "node:fs";
import { join } from "node:path";
import type { Subprocess } from "bun";
import type { ProcessExit, ProcessStatus } from "../../../core/system/process.ts";
import { ActionError } from "../../../core/text/errors.ts";
import { systemClock } from "../../../io/clock.ts";
import { writeWhole } from "../../../io/files/file.ts";
import { makePrivateFolder, openPrivate } from "../../../io/files/private.ts";
import {
  childEnvironment,
  endProcess,
  lookAtProcess,
  type ProcessIdentity,
  processState,
  signalProcess,
  waitUntil,
} from "../../../io/system/process.ts";
import type { PlannedProcess } from "../../recipe.ts";
import type { Folder } from "../folder/folder.ts";
import type { Journal } from "../folder/journal.ts";
import { DEPLOYMENT_VARIABLE } from "../folder/marker.ts";
import { fillSecrets } from "../folder/secrets.ts";
import { dieWithParent } from "./die-with-parent.ts";

/** Milliseconds that a process has to end gracefully. */
export const STOP_GRACE_MS = 5000;

/** What a child needs besides its plan. */
export interface ChildOptions {
  readonly folder: Folder;
  /** Of the deployment; in the environment of every process. */
  readonly id: string;
  readonly journal: Journal;
}

interface Running extends ProcessIdentity {
  readonly startedAtMs: number;
  readonly exited: Promise<unknown>;
}

/** Operations run one after the other. */
export class Child {
  readonly plan: PlannedProcess;
  readonly #options: ChildOptions;
  #running: Running | undefined;
  #exit: ProcessExit | undefined;
  #askedToStop = false;
  #last: Promise<void> = Promise.resolve();

  constructor(plan: PlannedProcess, options: ChildOptions) {
    this.plan = plan;
    this.#options = options;
  }

  status(): ProcessStatus {
    const exit = this.#exit && { exit: this.#exit };
    if (!this.#running) return { state: exit ? (this.#askedToStop ? "stopped" : "exited") : "never-started", ...exit };
    const { pid, startedAtMs } = this.#running;
    return { state: processState(this.#running) === "stopped" ? "hung" : "running", pid, startedAtMs, ...exit };
  }

  start(): Promise<void> {
    return this.#inTurn(() => this.#start());
  }

  stop(): Promise<void> {
    return this.#inTurn(() => this.#stop());
  }

  restart(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#stop();
      await this.#start();
    });
  }

  kill(): Promise<void> {
    return this.#inTurn(async () => {
      const running = this.#running;
      if (!running) return;
      signalProcess(running, "SIGKILL");
      await running.exited;
    });
  }

  hang(): Promise<void> {
    return this.#inTurn(() => this.#signal("hang", "SIGSTOP", "stopped"));
  }

  resume(): Promise<void> {
    return this.#inTurn(() => this.#signal("resume", "SIGCONT", "running"));
  }

  async #start(): Promise<void> {
    if (this.#running) return;
    const { folder, journal } = this.#options;
    const { id, files } = this.plan;
    const cwd = folder.data(id);
    makePrivateFolder(folder.allData);
    makePrivateFolder(cwd);
    for (const [name, text] of Object.entries(files)) writeWhole(join(cwd, name), fillSecrets(text, folder));
    const child = this.#spawn(cwd);
    // A process that exits at once has no identity to read; its exit is recorded like any other.
    const identity = lookAtProcess(child.pid) ?? { pid: child.pid, startTime: "" };
    const exited = child.exited.then(() => this.#ended(child));
    this.#running = { ...identity, startedAtMs: systemClock.now(), exited };
    this.#askedToStop = false;
    journal.started(id, identity);
  }

  #spawn(cwd: string): Subprocess {
    const { folder, id } = this.#options;
    const log = openPrivate(folder.log(this.plan.id), constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
    try {
      return Bun.spawn(dieWithParent(this.plan.command), {
        cwd,
        stdin: "ignore",
        stdout: log,
        stderr: log,
        env: { ...childEnvironment(this.plan.environment ?? "program"), [DEPLOYMENT_VARIABLE]: id },
      });
    } finally {
      closeSync(log);
    }
  }

  #ended({ exitCode, signalCode }: Subprocess): void {
    this.#running = undefined;
    const signal = signalCode === null ? null : String(signalCode);
    this.#exit = { atMs: systemClock.now(), code: exitCode, signal };
    this.#options.journal.ended(this.plan.id);
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#askedToStop = true;
    if (!running) return;
    await endProcess(running, STOP_GRACE_MS);
    await running.exited;
  }

  async #signal(verb: string, signal: NodeJS.Signals, wanted: "running" | "stopped"): Promise<void> {
    const running = this.#running;
    if (!running) throw new ActionError(`Cannot ${verb} "${this.plan.id}": it has no process, expected a running one`);
    signalProcess(running, signal);
    if (await waitUntil(() => processState(running) === wanted, 2000)) return;
    throw new ActionError(`Cannot ${verb} "${this.plan.id}": ${signal} had no effect within 2s`);
  }

  #inTurn(operation: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(operation);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
