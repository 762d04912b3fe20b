/** Checks that wait to be sent to one primary, and the calls that they make. */

import { ALGORITHMS, type Algorithm, eachAlgorithm } from "../../../../lua/algorithms.ts";
import type { CheckRequest, Decision } from "../decision.ts";
import { counterName } from "./counter-names.ts";
import type { ScriptCall } from "./scripts.ts";

/** A check, and how its decision is delivered. */
export interface Waiting {
  readonly request: CheckRequest;
  readonly resolve: (decision: Decision) => void;
}

/** The checks that share a call. */
export interface SharedCall {
  readonly algorithm: Algorithm;
  readonly waiting: readonly Waiting[];
}

/** Collects checks until they are sent. */
export class WaitingChecks {
  readonly #groupOf: ((key: string) => number) | undefined;
  readonly #waiting: Record<Algorithm, Waiting[]> = eachAlgorithm(() => []);

  /** @param groupOf Group of a key: only checks of one group share a call. Without it, all of one algorithm do. */
  constructor(groupOf?: (key: string) => number) {
    this.#groupOf = groupOf;
  }

  /** Adds a check; returns how many of its algorithm wait. */
  add(one: Waiting): number {
    return this.#waiting[one.request.algorithm].push(one);
  }

  /** Takes all checks, in as few calls as possible. */
  take(): readonly SharedCall[] {
    return ALGORITHMS.flatMap((algorithm) => this.#takeOf(algorithm));
  }

  #takeOf(algorithm: Algorithm): readonly SharedCall[] {
    const waiting = this.#waiting[algorithm];
    if (waiting.length === 0) return [];
    this.#waiting[algorithm] = [];
    const groupOf = this.#groupOf;
    if (!groupOf || waiting.length === 1) return [{ algorithm, waiting }];
    const groups = Map.groupBy(waiting, ({ request }) => groupOf(request.key));
    return Array.from(groups.values(), (group) => ({ algorithm, waiting: group }));
  }
}

/** Keys and arguments of a call; consecutive checks of the same rule share their arguments. */
export function callOf(waiting: readonly Waiting[], prefix: string): ScriptCall {
  const keys: string[] = [];
  const args: number[] = [];
  let last: CheckRequest | undefined;
  for (const { request } of waiting) {
    keys.push(counterName(prefix, request.key, request.algorithm));
    if (last && request.limit === last.limit && request.windowMs === last.windowMs && request.cost === last.cost) {
      args[args.length - 1] = (args.at(-1) ?? 0) + 1;
    } else {
      args.push(request.limit, request.windowMs * 1000, request.cost, 1);
      last = request;
    }
  }
  return { keys, args };
}
