/** Access for faults and workloads: the deployment, the nodes' HTTP API and Redis. */

import * as v from "valibot";
import type { ChooseOptions } from "../../../core/subject/fault.ts";
import type { DeployedComponent } from "../../../core/system/process.ts";
import { ActionError, InvalidInputError } from "../../../core/text/errors.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { type Deployment, type Links, type Processes, powerOf } from "../../../deployments/deployment.ts";
import { type HttpRequest, requestJson } from "../../../io/http/http.ts";
import { connectRedis, type RedisClient } from "../../../io/redis.ts";
import { withRedisPassword } from "../../../io/redis-address.ts";
import { REDIS_PASSWORD, TOKEN } from "../recipes/local.ts";
import { eventually } from "./eventually.ts";

/** The component that all nodes share. */
export const REDIS: ComponentId = "redis/main";

/** A background activity that runs until it is stopped, such as sending requests. */
export interface Running {
  readonly stop: () => void;
  readonly ended: Promise<unknown>;
}

/** A connection to one running limiter. */
export class LimiterLab implements AsyncDisposable {
  readonly deployment: Deployment;
  readonly #redis: RedisClient;
  /** Background activities of faults in this process, by fault name; they end with the process. */
  readonly running = new Map<string, Running>();

  constructor(deployment: Deployment) {
    this.deployment = deployment;
    this.#redis = connectRedis(this.redisUrl, { commandTimeoutMs: 2000 });
  }

  /** The nodes of the limiter. */
  get nodes(): readonly DeployedComponent[] {
    return this.deployment.components.filter(({ kind }) => kind === "node");
  }

  /**
   * The id of any node.
   * @throws {ActionError} If there is none.
   */
  anyNode(): ComponentId {
    const [first] = this.nodes;
    if (first) return first.id;
    throw new ActionError(`Cannot ask a node of "${this.deployment.id}": it has no nodes`);
  }

  /** The address of Redis, with its password. */
  get redisUrl(): string {
    return withRedisPassword(`redis://${this.component(REDIS).address}`, this.deployment.secret(REDIS_PASSWORD));
  }

  /**
   * One component by its id.
   * @throws {InvalidInputError} If the deployment has none of that id.
   */
  component(id: string): DeployedComponent {
    const { components } = this.deployment;
    const component = components.find((candidate) => candidate.id === id);
    if (component) return component;
    const known = components.map((candidate) => candidate.id).join(", ");
    throw new InvalidInputError(`Cannot find component "${id}" in "${this.deployment.id}", expected one of ${known}`);
  }

  /**
   * The connection to Redis, once it is ready.
   * @throws {ActionError} If there is none in time.
   */
  async redis(): Promise<RedisClient> {
    if (await eventually(async () => this.#redis.status === "ready")) return this.#redis;
    throw new ActionError(
      `Cannot reach Redis at "${this.component(REDIS).address}", expected it to accept connections`,
    );
  }

  /** Calls a node's HTTP API and parses the reply by the schema. */
  ask<Schema extends v.GenericSchema>(
    node: string,
    request: Omit<HttpRequest, "token"> & { readonly path: string; readonly schema: Schema },
  ): Promise<v.InferOutput<Schema>> {
    const token = this.deployment.secret(TOKEN);
    const url = `http://${this.component(node).address}${request.path}`;
    return requestJson(url, request.schema, { ...request, ...(token !== undefined && { token }) });
  }

  /** The node named by the user, or a random one. */
  async chooseNode({ target, random }: ChooseOptions): Promise<ComponentId> {
    if (target !== undefined) {
      const { id, kind } = this.component(target);
      if (kind === "node") return id;
      throw new InvalidInputError(`Cannot use target "${target}": it is a ${kind}, expected a node`);
    }
    const chosen = this.nodes[Math.floor(random() * this.nodes.length)];
    if (!chosen) throw new ActionError(`Cannot choose a node of "${this.deployment.id}": it has no nodes`);
    return chosen.id;
  }

  get processes(): Processes {
    return powerOf(this.deployment, "processes");
  }

  get links(): Links {
    return powerOf(this.deployment, "links");
  }

  /** Whether a component runs and answers as ready. */
  answers(component: ComponentId, signal: AbortSignal): Promise<boolean> {
    return this.deployment.answers(component, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { stop } of this.running.values()) stop();
    this.#redis.disconnect();
  }
}

/** Stops the background activity of that name, and waits for its end. */
export async function stopRunning({ running }: LimiterLab, name: string): Promise<void> {
  const { stop, ended } = running.get(name) ?? {};
  stop?.();
  await ended;
  running.delete(name);
}
