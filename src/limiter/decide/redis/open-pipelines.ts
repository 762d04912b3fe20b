/** Chooses the lines for a client: a single Redis or a Cluster. */

import { Cluster, type Redis } from "ioredis";
import type { LateAnswers } from "../../../core/system/picture.ts";
import { isUsable, redisTrouble, serverOf } from "../../../io/redis.ts";
import type { RedisTrouble } from "../../../io/redis-trouble.ts";
import type { Alone } from "../decision.ts";
import { ClusterLines } from "./cluster-lines.ts";
import { type Judge, RedisPipeline } from "./redis-pipeline.ts";
import type { LinesOptions, RedisPipelines } from "./redis-pipelines.ts";

/** Opens lines to all primaries of a client: one, or on a Cluster one for each. */
export function openPipelines(options: LinesOptions, judge: Judge): RedisPipelines {
  const { client } = options;
  return client instanceof Cluster ? new ClusterLines(client, options, judge) : new OnlyLine(client, options, judge);
}

class OnlyLine implements RedisPipelines {
  readonly #line: RedisPipeline;

  constructor(client: Redis, { prefix, ...options }: LinesOptions, judge: Judge) {
    const connection = (): Redis | undefined => (isUsable(client) ? client : undefined);
    const trouble = (): RedisTrouble | undefined => redisTrouble(client);
    const probeKey = (): string => `${prefix}probe`;
    this.#line = new RedisPipeline(
      { ...options, prefix, connection, trouble, probeKey, server: () => serverOf(client) },
      judge,
    );
  }

  of(): RedisPipeline {
    return this.#line;
  }

  alone(): Alone | undefined {
    return this.#line.breaker.alone;
  }

  primariesAlone(): readonly string[] {
    return [];
  }

  answers(): LateAnswers | undefined {
    return this.#line.answers.seen;
  }

  answersOfPrimaries(): Readonly<Record<string, LateAnswers>> {
    return {};
  }

  openForMs(): number {
    return this.#line.breaker.openForMs;
  }

  aloneForMs(): number {
    return this.#line.breaker.openForMs;
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }
}
