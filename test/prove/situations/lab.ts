/** A subject for situations: one deployment under ordinary traffic, and an operator with a record of its own for each. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { openJournal } from "../../../src/chaos/journal.ts";
import type { Thresholds } from "../../../src/core/subject/invariant.ts";
import type { InvariantInfo } from "../../../src/core/subject/subject.ts";
import { ownInvariants } from "../../../src/core/tickets/own-invariants.ts";
import { type Database, openDatabase, openToRead } from "../../../src/database/mod.ts";
import type { Deployment } from "../../../src/deployments/deployment.ts";
import type { Lab, OpenLab } from "../../../src/deployments/lab.ts";
import { bringUp } from "../../../src/deployments/mod.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { makeHome, removeHome } from "../../../src/io/files/home.ts";
import { loadLab } from "../../../src/runtime/subjects/labs.ts";
import { loadSubject } from "../../../src/runtime/subjects/subjects.ts";
import { bringSettings } from "../../../src/trials/bring-settings.ts";
import { isHealthy } from "../../../src/trials/situations/record.ts";
import type { Stage } from "../../../src/trials/situations/run-situation.ts";
import { type Ended, type OperatorProcesses, operatorProcesses, type Started } from "./operator-processes.ts";

/** What the situations of one subject take. */
export interface Setting<Own extends AsyncDisposable> {
  /** Id of the subject. */
  readonly subject: string;
  /** Flags of `operator up`. @default none */
  readonly up?: Readonly<Record<string, string>>;
  /** By invariant; what other work on the same machine does is no fault of the subject. */
  readonly forgiving: Readonly<Record<string, Thresholds>>;
  /** Takes hold of what runs, with its ordinary traffic under way. */
  readonly powers: (options: PowersOptions) => Own;
}

/** What the powers over a subject are made of. */
export interface PowersOptions {
  readonly lab: Lab;
  readonly open: OpenLab;
  readonly processes: OperatorProcesses;
  /** Where the subject runs. */
  readonly home: string;
  readonly seed: number;
}

/** Powers that every situation has, over the operator itself. */
export interface OperatorPowers {
  /** Runs one of the operator's commands to its end, on the database of the stage. */
  readonly operator: (...args: readonly string[]) => Promise<Ended>;
  /** The process that watches and acts. */
  readonly agent: AgentPower;
}

/** Power over the process that watches and acts. */
export interface AgentPower {
  /** Stops its process without ending it. */
  hang(): void;
  resume(): void;
  /** Ends it at once and starts another on the same database. */
  killAndStart(): Promise<void>;
}

/** A subject with everything that situations need. */
export interface SituationLab<Powers> extends AsyncDisposable {
  /** Starts an operator that knows nothing yet, and waits until it has seen health for so long. */
  stage(options: StageOptions): Promise<OpenStage<Powers>>;
}

/** How a stage is set. */
export interface StageOptions {
  readonly seed: number;
  /** Milliseconds of health before the situation. */
  readonly warmMs: number;
  /** Milliseconds of every grace. @default {4000} */
  readonly graceMs?: number;
  /** Milliseconds of those that are others, by invariant. */
  readonly graces?: Readonly<Record<string, number>>;
  /** Whether what lasts may end as soon as it is named. @default {false} */
  readonly isHurried?: boolean;
  /** By invariant, as the situation needs them. */
  readonly thresholds?: Readonly<Record<string, Thresholds>> | undefined;
}

/** A stage with an operator on it. Disposing ends the operator. */
export interface OpenStage<Powers> extends Stage<Powers>, AsyncDisposable {
  /** What the operator said, and its database. */
  readonly files: readonly string[];
}

const INTERVAL_MS = 1000;
/** Between the three and the five seconds of which the situations speak. */
const GRACE_MS = 4000;
const A_DAY_MS = 86_400_000;
/** Operators that are started until one has seen nothing but health. */
const MOST_TRIES = 3;
/** Milliseconds for the first look, and for health. */
const READY_WITHIN_MS = 120_000;

/** Brings a subject up; the same seed sends the same traffic. */
export async function openSituationLab<Own extends AsyncDisposable>(
  setting: Setting<Own>,
  seed: number,
  signal: AbortSignal,
): Promise<SituationLab<Own & OperatorPowers>> {
  await using stack = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), "operator-situations-"));
  makeHome(home, { throwaway: true });
  stack.defer(() => removeHome(home));
  const records = mkdtempSync(join(tmpdir(), "operator-situation-records-"));
  const lab = await loadLab(setting.subject);
  const recipe = v.parse(lab.up, setting.up ?? {});
  const deployment = await bringUp(
    { home, name: "situations", recipe, throwaway: true },
    { signal, onReady: () => undefined },
  );
  stack.defer(() => deployment.down());
  const open = stack.use(await lab.open(deployment));
  const journal = stack.use(openJournal(home));
  const chaos = { lab: open, journal, clock: systemClock, signal };
  const settings = stack.use(await bringSettings({ ...chaos, seed, forMs: A_DAY_MS }));
  const shared = stack.use(operatorProcesses(home, join(records, "others.log")));
  const powers = stack.use(setting.powers({ lab, open, processes: shared, home, seed }));
  const { invariants, registerEveryMs } = await loadSubject(setting.subject);
  const all = [...invariants, ...ownInvariants(registerEveryMs)];
  const owned = stack.move();
  let count = 0;
  return {
    async stage({ seed: drawn, warmMs, thresholds, graceMs = GRACE_MS, graces = {}, isHurried = false }) {
      const graced = all.map((one) => ({ ...one, graceMs: graces[one.id] ?? graceMs }));
      const parts = { home, powers, graced, deployment, warmMs, isHurried, signal };
      for (let tries = 1; ; tries += 1) {
        count += 1;
        await settings.prepare(signal);
        const path = join(records, `${count}-${drawn}`);
        const stage = await openStage({ ...parts, path, thresholds: { ...setting.forgiving, ...thresholds } });
        // What was ticketed before the situation would open again in it.
        const isClean = stage.database.tickets.list({ instance: stage.instance }).length === 0;
        if (isClean || tries === MOST_TRIES) return stage;
        await stage[Symbol.asyncDispose]();
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface StageParts<Own> {
  readonly path: string;
  readonly home: string;
  readonly powers: Own;
  readonly graced: readonly InvariantInfo[];
  readonly deployment: Deployment;
  readonly thresholds: Readonly<Record<string, Thresholds>>;
  readonly warmMs: number;
  readonly isHurried: boolean;
  readonly signal: AbortSignal;
}

async function openStage<Own>(parts: StageParts<Own>): Promise<OpenStage<Own & OperatorPowers>> {
  const { path, home, graced, deployment, warmMs, signal } = parts;
  await using stack = new AsyncDisposableStack();
  const processes = stack.use(operatorProcesses(home, `${path}.log`));
  const db = `${path}.db`;
  const named = { subject: deployment.subject, name: deployment.id };
  const instance = newRecord(db, named);
  const graces = graced.flatMap(({ id, graceMs }) => ["--grace", `${id}=${graceMs}ms`]);
  await processes.run("ladder", "set", "auto", "--up-to", "reversible", "--db", db);
  const flags = ["--interval", `${INTERVAL_MS}ms`, "--db", db, ...graces, ...thresholdFlags(parts.thresholds)];
  const agent = startAgent(processes, flags);
  const database = stack.use(openToRead(db));
  await untilHealthy(database, { instance, warmMs, signal });
  const owned = stack.move();
  return {
    database,
    instance,
    invariants: graced,
    intervalMs: INTERVAL_MS,
    isHurried: parts.isHurried,
    powers: { ...parts.powers, agent, operator: (...args) => processes.run(...args, "--db", db) },
    show: async (incident) => (await processes.run("incidents", "show", String(incident), "--db", db)).stdout,
    clock: systemClock,
    signal,
    files: [`${path}.log`, db, `${db}.audit-heads`],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function startAgent(processes: OperatorProcesses, flags: readonly string[]): AgentPower {
  const start = (): Started => processes.start("agent", "--json", ...flags);
  let running = start();
  return {
    hang: () => void process.kill(running.pid, "SIGSTOP"),
    resume: () => void process.kill(running.pid, "SIGCONT"),
    async killAndStart() {
      process.kill(running.pid, "SIGKILL");
      await running[Symbol.asyncDispose]();
      running = start();
    },
  };
}

function thresholdFlags(thresholds: Readonly<Record<string, Thresholds>>): readonly string[] {
  return Object.entries(thresholds).flatMap(([invariant, numbers]) =>
    Object.entries(numbers).flatMap(([name, value]) => ["--threshold", `${invariant}.${name}=${value}`]),
  );
}

/** A ladder is set for what is known, so the instance is written down before anybody has watched it. */
function newRecord(db: string, named: { readonly subject: string; readonly name: string }): number {
  using database = openDatabase(db);
  return database.instances.ensure(named).id;
}

/** Waits until nothing has been ticketed for so long, and everything holds. */
async function untilHealthy(
  database: Database,
  { instance, warmMs, signal }: { readonly instance: number; readonly warmMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const begunMs = systemClock.monotonic();
  let quietSinceMs = begunMs;
  while (systemClock.monotonic() - quietSinceMs < warmMs || !isHealthy(database, instance)) {
    if (database.tickets.list({ instance, state: "open" }).length > 0) quietSinceMs = systemClock.monotonic();
    if (systemClock.monotonic() > begunMs + READY_WITHIN_MS + warmMs) {
      const wrong = database.entityStates.load(instance).filter(({ verdict }) => verdict !== "holds");
      throw new Error(`Cannot begin: ${wrong.map(({ summary }) => summary).join("; ") || "health comes and goes"}`);
    }
    await systemClock.sleep(200, signal);
  }
}
