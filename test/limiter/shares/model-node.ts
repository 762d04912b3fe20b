/** A node as far as shares are concerned: what decides and remembers is the limiter's own, Redis is a model. */

import { AdmissionLog } from "../../../src/limiter/admissions/admission-log.ts";
import { AloneDecider } from "../../../src/limiter/decide/alone/alone-decider.ts";
import { Standing } from "../../../src/limiter/decide/alone/standing.ts";
import type { CheckRequest, Decision } from "../../../src/limiter/decide/decision.ts";
import { Denials } from "../../../src/limiter/decide/denials.ts";
import type { ModelRedis } from "./model-redis.ts";

/** What all nodes of a model share. */
export interface ModelWorld {
  readonly redis: ModelRedis;
  /** Monotonic microseconds of every node and of Redis. */
  nowUs: number;
  readonly heartbeatMs: number;
  readonly longestWindowMs: number;
  readonly overlap: number;
  /** Numbers of the nodes, where they are configured. */
  readonly list: readonly number[];
}

/** What becomes of a message to Redis. */
export type Fate = "answered" | "answered-late" | "applied-unanswered" | "lost";

const REPORTS_AT_ONCE = 16;

/** One life of one node, from its start to its end. */
export class ModelNode {
  readonly id: number;
  /** Microseconds in which it was cut off, up to its last return. */
  #aloneUs = 0;
  /** When it was cut off. */
  #cutUs: number | undefined;
  readonly #world: ModelWorld;
  readonly #standing: Standing;
  readonly #log = new AdmissionLog();
  readonly #denials: Denials;
  readonly #alone: AloneDecider;
  #late: (() => void)[] = [];

  constructor(id: number, world: ModelWorld, isCut: boolean) {
    this.id = id;
    if (isCut) this.#cutUs = world.nowUs;
    this.#world = world;
    const { list, heartbeatMs, overlap } = world;
    this.#standing = new Standing({ id, list, heartbeatMs, overlap, startedMs: world.nowUs / 1000 });
    this.#standing.startedAlone = isCut;
    this.#denials = new Denials(() => world.nowUs);
    this.#alone = new AloneDecider({
      policy: "local",
      shares: this.#standing,
      log: this.#log,
      denials: this.#denials,
      nowMs: () => world.nowUs / 1000,
      nowUsOf: () => world.nowUs,
      isUnmet: () => false,
    });
    this.beat();
  }

  get isCut(): boolean {
    return this.#cutUs !== undefined;
  }

  cut(): void {
    this.#cutUs ??= this.#world.nowUs;
  }

  /** Registers and reads the register, if Redis is there. */
  beat(): void {
    if (this.isCut) return;
    const { redis, heartbeatMs, longestWindowMs, nowUs } = this.#world;
    const ids = redis.beat(this.id, heartbeatMs * 1000, nowUs);
    this.#standing.note({ ids, connectedMs: (nowUs - this.#aloneUs) / 1000, longestWindowMs });
  }

  /** Decides a check. Where Redis is there but answers late or not at all, the node decides alone. */
  check(request: CheckRequest, fate: Fate): Decision {
    const denial = this.#denials.find(request);
    if (denial) return denial;
    const { redis, nowUs } = this.#world;
    if (this.isCut || fate === "lost") return this.#alone.decide(request);
    const answer = redis.check(request, nowUs);
    if (fate === "answered") return this.#take(request, answer);
    const decision = this.#alone.decide(request);
    if (fate === "answered-late" && answer.allowed && decision.allowed) {
      this.#late.push(() => this.#alone.units.settle(request));
    }
    return decision;
  }

  /** Redis is back: late answers are read, then what was admitted alone is reported. */
  reconnect(fates: () => Fate): void {
    if (this.#cutUs !== undefined) this.#aloneUs += this.#world.nowUs - this.#cutUs;
    this.#cutUs = undefined;
    for (const settle of this.#late) settle();
    this.#late = [];
    const { redis, nowUs } = this.#world;
    for (const report of this.#alone.units.takeReports(REPORTS_AT_ONCE, {
      nowUs,
      mayReport: () => true,
    })) {
      if (fates() === "lost") continue;
      redis.report(report.request, report.units, nowUs);
    }
    this.beat();
  }

  #take(request: CheckRequest, answer: Decision): Decision {
    const { nowUs } = this.#world;
    if (answer.allowed) {
      this.#log.add(request, 0, nowUs).noteTold(request, answer.count, nowUs + answer.resetUs);
    } else {
      this.#denials.add(request, answer, nowUs / 1000);
    }
    return answer;
  }
}
