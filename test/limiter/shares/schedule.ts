/** Random schedules of checks, outages, stalls, restarts and losses, and the bound that each window must keep. */

import * as fc from "fast-check";
import type { CheckRequest } from "../../../src/limiter/decide/decision.ts";
import { checkOf } from "../checks.ts";
import { type Fate, ModelNode, type ModelWorld } from "./model-node.ts";
import { ModelRedis } from "./model-redis.ts";

/** A cluster, and what happens to it. */
export interface Schedule {
  readonly nodes: number;
  readonly overlap: number;
  /** Whether nodes know each other by a list; otherwise by the register, and are cut off together. */
  readonly hasList: boolean;
  readonly rules: readonly { readonly limit: number; readonly windowMs: number }[];
  readonly steps: readonly Step[];
}

/** One event. Numbers choose among the nodes and rules that there are. */
export type Step =
  | { readonly kind: "check"; readonly node: number; readonly rule: number; readonly cost: number; readonly fate: Fate }
  | { readonly kind: "burst"; readonly rule: number; readonly times: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "cut"; readonly nodes: number }
  | { readonly kind: "heal"; readonly nodes: number; readonly fates: readonly Fate[] }
  | { readonly kind: "restart"; readonly node: number }
  | { readonly kind: "flush" };

/** What came of a schedule. */
export interface Played {
  steps: number;
  allowed: number;
  allowedAlone: number;
  /** Windows in which the bound was reached to the unit. */
  full: number;
  /** Windows above the bound, with what was found. */
  readonly deviations: string[];
}

interface Admission {
  readonly atUs: number;
  readonly node: number;
  readonly units: number;
  readonly alone: boolean;
}

const HEARTBEAT_MS = 1000;
const MAX_NODES = 9;

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Fate>("answered") },
  { weight: 1, arbitrary: fc.constantFrom<Fate>("answered-late", "applied-unanswered", "lost") },
);
const set = fc.integer({ min: 1, max: 2 ** MAX_NODES - 1 });
const node = fc.nat(MAX_NODES - 1);
const rule = fc.nat(1);
const ms = fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 400, max: 12_000 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant("check"), node, rule, cost: fc.integer({ min: 1, max: 3 }), fate }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("burst"), rule, times: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("wait"), ms }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cut"), nodes: fc.oneof(set, fc.constant(-1)) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("heal"),
      nodes: fc.oneof(set, fc.constant(-1)),
      fates: fc.array(fate, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart"), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("flush") }) },
);

/** Schedules with so many steps. */
export function schedules(steps: number): fc.Arbitrary<Schedule> {
  return fc.record({
    nodes: fc.integer({ min: 1, max: MAX_NODES }),
    overlap: fc.integer({ min: 1, max: 3 }),
    hasList: fc.boolean(),
    rules: fc.array(
      fc.record({ limit: fc.integer({ min: 1, max: 40 }), windowMs: fc.constantFrom(1000, 5000, 10_000) }),
      { minLength: 2, maxLength: 2 },
    ),
    steps: fc.array(step, { minLength: steps, maxLength: steps, size: "max" }),
  });
}

/** Plays a schedule and holds every window that ends with an admission against the bound. */
export function play(schedule: Schedule): Played {
  return new Play(schedule).run();
}

class Play {
  readonly #schedule: Schedule;
  readonly #world: ModelWorld;
  readonly #nodes: ModelNode[];
  readonly #admissions: Admission[][] = [[], []];
  readonly #flushesUs: number[] = [];
  /** Restarts of nodes that found Redis there: they forget what they have not reported. */
  readonly #forgotten: { readonly atUs: number; readonly node: number }[] = [];
  readonly #played: Played = { steps: 0, allowed: 0, allowedAlone: 0, full: 0, deviations: [] };
  #beatUs = 0;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
    const ids = Array.from({ length: schedule.nodes }, (_, at) => at + 1);
    this.#world = {
      redis: new ModelRedis(),
      nowUs: 1_700_000_000_000_000,
      heartbeatMs: HEARTBEAT_MS,
      longestWindowMs: Math.max(...schedule.rules.map(({ windowMs }) => windowMs)),
      overlap: schedule.overlap,
      list: schedule.hasList ? ids : [],
    };
    this.#nodes = ids.map((id) => new ModelNode(id, this.#world, false));
    this.#beatUs = this.#world.nowUs;
    this.#wait(2 * HEARTBEAT_MS);
  }

  run(): Played {
    for (const next of this.#schedule.steps) {
      this.#do(next);
      this.#played.steps += 1;
    }
    return this.#played;
  }

  #do(next: Step): void {
    switch (next.kind) {
      case "check":
        return this.#check(this.#nodeAt(next.node), next);
      case "burst":
        for (let at = 0; at < next.times; at++) {
          for (const one of this.#nodes) this.#check(one, { rule: next.rule, cost: 1, fate: "answered" });
        }
        return undefined;
      case "wait":
        return this.#wait(next.ms);
      case "cut":
        for (const one of this.#chosen(next.nodes)) one.cut();
        return undefined;
      case "heal":
        return this.#heal(next.nodes, next.fates);
      case "restart":
        return this.#restart(next.node % this.#nodes.length);
      case "flush":
        this.#world.redis.flush();
        this.#flushesUs.push(this.#world.nowUs);
        return undefined;
    }
  }

  #check(one: ModelNode, { rule: at, cost, fate: wanted }: { rule: number; cost: number; fate: Fate }): void {
    const { limit, windowMs } = this.#schedule.rules[at] ?? { limit: 1, windowMs: 1000 };
    const request = checkOf({ key: `key ${at}`, cost, limit, windowMs });
    const { allowed, source } = one.check(request, wanted);
    if (!allowed) return;
    const alone = source === "local";
    this.#played.allowed += cost;
    if (alone) this.#played.allowedAlone += cost;
    this.#admissions[at]?.push({ atUs: this.#world.nowUs, node: one.id, units: cost, alone });
    this.#judge(request, this.#admissions[at] ?? []);
  }

  /** Without a list nodes are cut off together: the others forget one that has gone. */
  #chosen(bits: number): readonly ModelNode[] {
    return this.#schedule.hasList ? this.#nodes.filter(({ id }) => (bits >> (id - 1)) & 1) : this.#nodes;
  }

  #heal(bits: number, fates: readonly Fate[]): void {
    let turn = 0;
    const nextFate = (): Fate => fates[turn++ % fates.length] ?? "answered";
    for (const one of this.#chosen(bits)) one.reconnect(nextFate);
  }

  #restart(at: number): void {
    const isCut = this.#nodes[at]?.isCut ?? false;
    const id = at + 1;
    if (!isCut) this.#forgotten.push({ atUs: this.#world.nowUs, node: id });
    this.#nodes[at] = new ModelNode(id, this.#world, isCut);
  }

  #wait(forMs: number): void {
    const untilUs = this.#world.nowUs + forMs * 1000;
    while (this.#beatUs + HEARTBEAT_MS * 1000 <= untilUs) {
      this.#beatUs += HEARTBEAT_MS * 1000;
      this.#world.nowUs = this.#beatUs;
      for (const one of this.#nodes) one.beat();
    }
    this.#world.nowUs = untilUs;
  }

  #nodeAt(at: number): ModelNode {
    const [first] = this.#nodes;
    const found = this.#nodes[at % this.#nodes.length] ?? first;
    if (!found) throw new Error("Cannot play a schedule without nodes");
    return found;
  }

  #judge(request: CheckRequest, admissions: Admission[]): void {
    const fromUs = this.#world.nowUs - request.windowMs * 1000;
    while ((admissions[0]?.atUs ?? fromUs) < fromUs) admissions.shift();
    const units = sumOf(admissions);
    const bound = this.#boundOf(request, admissions, fromUs);
    if (units === bound) this.#played.full += 1;
    if (units <= bound) return;
    this.#played.deviations.push(`"${request.key}": ${units} within ${request.windowMs} ms, expected at most ${bound}`);
  }

  /** (1 + k·f/N) × limit where k nodes decided alone, one limit more for each loss, and what restarts forgot. */
  #boundOf({ limit }: CheckRequest, admissions: readonly Admission[], fromUs: number): number {
    const { overlap, nodes: count } = this.#schedule;
    const times = Math.min(overlap, count);
    const alone = Map.groupBy(
      admissions.filter((one) => one.alone),
      (one) => one.node,
    );
    const share = Math.min(limit, Math.ceil(limit / count) * times);
    const shares = Math.min(limit * times, share * alone.size);
    const losses = this.#flushesUs.filter((atUs) => atUs >= fromUs).length;
    const forgotten = this.#forgotten
      .filter(({ atUs }) => atUs >= fromUs)
      .map(({ atUs, node: id }) => sumOf((alone.get(id) ?? []).filter((one) => one.atUs <= atUs)));
    return limit * (1 + losses) + shares + forgotten.reduce((sum, lost) => sum + lost, 0);
  }
}

function sumOf(admissions: readonly Admission[]): number {
  return admissions.reduce((sum, { units }) => sum + units, 0);
}
