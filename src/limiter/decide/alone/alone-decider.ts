/** Decides on one node without Redis: by the failure policy and what the node knows. */

import type { AdmissionLog } from "../../admissions/admission-log.ts";
import type { Told } from "../../admissions/key-admissions.ts";
import type { CheckRequest, Decision, RedisFailurePolicy } from "../decision.ts";
import type { Denials } from "../denials.ts";
import { decideByPolicy, unitsOf } from "../failure-policy.ts";
import { AloneUnits } from "./alone-units.ts";
import type { Shares } from "./standing.ts";

/** What a node knows, and its clocks. */
export interface AloneOptions {
  readonly policy: RedisFailurePolicy;
  readonly shares: Shares;
  readonly log: AdmissionLog;
  readonly denials: Denials;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Redis time in microseconds by the primary of a key, as far as the node knows it. */
  readonly nowUsOf: (key: string) => number;
  /** Whether the primary of a key has not answered since the node started. */
  readonly isUnmet: (key: string) => boolean;
}

/** Decisions of one node alone. */
export class AloneDecider {
  /** What the node has admitted. */
  readonly units = new AloneUnits();
  readonly #options: AloneOptions;

  constructor(options: AloneOptions) {
    this.#options = options;
  }

  /** Decides a check that Redis does not decide. */
  decide(request: CheckRequest): Decision {
    const { policy, shares, log, nowMs, nowUsOf, isUnmet } = this.#options;
    const atMs = nowMs();
    const monotonicUs = atMs * 1000;
    return decideByPolicy(policy, request, {
      log,
      alone: this.units,
      share: shares.shareOf(request, atMs, isUnmet(request.key)),
      startsInUs: shares.startsInMs(request, atMs) * 1000,
      told: this.#toldOf(request, monotonicUs),
      nowUs: nowUsOf(request.key),
      monotonicUs,
    });
  }

  /** Units that the node counts for such a check: the last count from Redis, and what the node admitted alone. */
  count(request: CheckRequest): number {
    const nowUs = this.#options.nowMs() * 1000;
    const told = this.#toldOf(request, nowUs);
    return unitsOf(this.units.leaving(request, nowUs)) + (told && told.untilUs > nowUs ? told.count : 0);
  }

  /** The last count from Redis for a check, whether it came with an admission or a denial. */
  #toldOf(request: CheckRequest, monotonicUs: number): Told | undefined {
    const { log, denials } = this.#options;
    const allowed = log.toldOf(request);
    const denied = denials.toldOf(request, monotonicUs);
    if (!allowed || !denied) return denied ?? allowed;
    return denied.untilUs > allowed.untilUs ? denied : allowed;
  }
}
