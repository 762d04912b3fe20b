/** What PD moves: operators of one region each, of several steps, that run, finish, time out or are cancelled. */

import { goDuration, goTime } from "../go-json.ts";
import type { Command } from "../protocol.ts";
import type { KnownRegion } from "./regions.ts";

/** Whether a step has been done, seen from what a region's leader reports. */
export type IsDone = (region: KnownRegion) => boolean;

/** One step of an operator. */
export interface Step {
  /** As PD prints it. */
  readonly text: string;
  readonly command: Command;
  readonly isDone: IsDone;
}

/** What is to be done. */
export interface Plan {
  /** For instance `admin-transfer-leader`. */
  readonly name: string;
  /** For instance `transfer leader: store 1 to 4`. */
  readonly brief: string;
  readonly kinds: readonly Kind[];
  readonly regionId: number;
  readonly steps: readonly Step[];
  readonly timeoutMs: number;
}

/** Kinds with their bits (`pkg/schedule/operator/kind.go`). */
const KIND_BITS = {
  admin: 1,
  merge: 4,
  range: 8,
  replica: 16,
  split: 32,
  "hot-region": 64,
  region: 128,
  leader: 256,
} as const;

/** What an operator is about. */
export type Kind = keyof typeof KIND_BITS;

/** How an operator stands, with PD's numbers. */
const STATUS = { CREATED: 0, RUNNING: 1, SUCCESS: 2, CANCEL: 3, REPLACED: 4, EXPIRED: 5, TIMEOUT: 6 } as const;

/** How an operator stands. */
export type OperatorStatus = keyof typeof STATUS;

/** One operator. */
export interface Operator extends Plan {
  readonly createdMs: number;
  readonly epoch: { readonly conf_ver: number; readonly version: number };
  readonly sizeMiB: number;
  step: number;
  status: OperatorStatus;
  endedMs?: number;
}

/** Milliseconds for which an operator that has ended is kept. */
const KEPT_MS = 600_000;

/** What is logged of operators. */
export type LogOperator = (
  message: string,
  operator: Operator,
  more?: Readonly<Record<string, string | number>>,
) => void;

/** The operators under way, and those that ended lately. */
export class Operators {
  readonly #running = new Map<number, Operator>();
  #ended: readonly Operator[] = [];
  readonly #log: LogOperator;
  readonly #counts = new Map<string, number>();

  constructor(log: LogOperator) {
    this.#log = log;
  }

  running(): readonly Operator[] {
    return [...this.#running.values()];
  }

  /** How often operators of each name were created, finished, timed out or cancelled. */
  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** The operator of a region, or the last one it had. */
  of(regionId: number): Operator | undefined {
    return this.#running.get(regionId) ?? this.#ended.findLast((one) => one.regionId === regionId);
  }

  /** Those that have ended since, oldest first. */
  ended(sinceMs = 0): readonly Operator[] {
    return this.#ended.filter(({ endedMs = 0 }) => endedMs >= sinceMs);
  }

  /** Begins one; `undefined` where its region has one already. */
  add(plan: Plan, region: KnownRegion, nowMs: number): Operator | undefined {
    if (this.#running.has(plan.regionId)) return undefined;
    const { confVer, version } = region.meta;
    const operator: Operator = {
      ...plan,
      createdMs: nowMs,
      epoch: { conf_ver: confVer, version },
      sizeMiB: region.report?.sizeMiB ?? 0,
      step: 0,
      status: "RUNNING",
    };
    this.#running.set(plan.regionId, operator);
    this.#note(operator, "create");
    this.#log("add operator", operator, { "additional-info": "" });
    return operator;
  }

  /** What a region's leader is to do next; ends the operator where nothing is left. */
  commandFor(region: KnownRegion, nowMs: number): Command | undefined {
    const operator = this.#running.get(region.meta.id);
    if (!operator) return undefined;
    const next = operator.steps.findIndex(({ isDone }, index) => index >= operator.step && !isDone(region));
    operator.step = next === -1 ? operator.steps.length : next;
    const step = operator.steps[next];
    if (step) return step.command;
    this.#end(operator, "SUCCESS", nowMs);
    return undefined;
  }

  /** Ends what takes too long. */
  tick(nowMs: number): void {
    for (const operator of this.#running.values()) {
      if (nowMs - operator.createdMs > operator.timeoutMs) this.#end(operator, "TIMEOUT", nowMs);
    }
    this.#ended = this.#ended.filter(({ endedMs = 0 }) => nowMs - endedMs < KEPT_MS);
  }

  /** Cancels the operator of a region; `false` where it has none. */
  cancel(regionId: number, nowMs: number): boolean {
    const operator = this.#running.get(regionId);
    if (!operator) return false;
    this.#end(operator, "CANCEL", nowMs);
    return true;
  }

  /** Declares a region's operator done: another region's report has shown it. */
  finish(regionId: number, nowMs: number): void {
    const operator = this.#running.get(regionId);
    if (operator) this.#end(operator, "SUCCESS", nowMs);
  }

  /** A new leader begins without any. */
  clear(): void {
    this.#running.clear();
    this.#ended = [];
  }

  #end(operator: Operator, status: OperatorStatus, nowMs: number): void {
    operator.status = status;
    operator.endedMs = nowMs;
    this.#running.delete(operator.regionId);
    this.#ended = [...this.#ended, operator];
    const [event, message] = ENDS[status] ?? ["finish", "operator finish"];
    this.#note(operator, event);
    this.#log(message, operator, { takes: goDuration(nowMs - operator.createdMs), "additional-info": "" });
  }

  #note({ name }: Operator, event: string): void {
    const key = `${name} ${event}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }
}

const ENDS: Partial<Record<OperatorStatus, readonly [event: string, message: string]>> = {
  SUCCESS: ["finish", "operator finish"],
  TIMEOUT: ["timeout", "operator timeout"],
  CANCEL: ["cancel", "operator canceled"],
};

/** An operator as PD prints it (`operator.go`). */
export function operatorText(operator: Operator, startedAtMs: number): string {
  const { name, brief, kinds, regionId, epoch, createdMs, step, sizeMiB, steps, timeoutMs, status } = operator;
  const at = goTime(createdMs, createdMs - startedAtMs);
  const list = steps.map(({ text }, index) => `${index}:{${text}}`).join(", ");
  const end = status === "SUCCESS" || status === "CANCEL" ? " finished" : status === "TIMEOUT" ? " timeout" : "";
  return `${name} {${brief}} (kind:${kinds.join(",")}, region:${regionId}(${epoch.version}, ${epoch.conf_ver}), createAt:${at}, startAt:${at}, currentStep:${step}, size:${sizeMiB}, steps:[${list}], timeout:[${goDuration(timeoutMs)}])${end}`;
}

/** An operator as `GET /operators?object` has it. */
export function operatorObject({ name, brief, regionId, epoch, kinds, timeoutMs, status }: Operator): object {
  return {
    desc: name,
    brief,
    region_id: regionId,
    region_epoch: epoch,
    kind: kinds.reduce((sum, kind) => sum + KIND_BITS[kind], 0),
    timeout: goDuration(timeoutMs),
    status: STATUS[status],
  };
}
