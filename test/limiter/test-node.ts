/** One node without Redis and without a port: its app is asked by `app.request()`. */

import type { Hono } from "hono";
import * as v from "valibot";
import { ProbeError } from "../../src/core/text/errors.ts";
import { RecentDemand } from "../../src/limiter/admissions/recent-demand.ts";
import { createApp, failureReplies } from "../../src/limiter/api/app.ts";
import { factsOf, type LimiterNode } from "../../src/limiter/limiter-node.ts";
import { exposition, LimiterMetrics } from "../../src/limiter/metrics.ts";
import type { Registry, RegistrySnapshot } from "../../src/limiter/registry.ts";
import { LimiterSettings } from "../../src/limiter/settings/settings.ts";
import { SettingsState } from "../../src/limiter/settings/settings-state.ts";
import type { SharedSettings } from "../../src/limiter/settings/shared-settings.ts";
import { MemoryDecider } from "./memory-decider.ts";

/** A node of which tests can reach every part. */
export interface TestNode {
  readonly app: Hono;
  /** What is answered where a handler throws. */
  readonly failed: (error: Error) => Response;
  readonly node: LimiterNode;
  readonly decider: MemoryDecider;
  readonly registry: MemoryRegistry;
  /** Errors that nobody expected. */
  readonly failures: Error[];
  /** Sends JSON, or text as it is, as JSON unless the headers say otherwise. */
  readonly send: (method: string, path: string, options?: RequestOptions) => Promise<Reply>;
}

/** What is sent besides method and path. */
interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** A reply with its body read. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Makes a node from settings as they are given by flags. */
export function makeNode(flags: Record<string, unknown> = {}): TestNode {
  const settings = v.parse(LimiterSettings, { node: 2, limit: 3, ...flags });
  const decider = new MemoryDecider();
  const state = new SettingsState(settings);
  const metrics = new LimiterMetrics();
  const registry = new MemoryRegistry();
  const node: LimiterNode = {
    settings,
    version: "1.2.3",
    startedAtMs: 1_000,
    address: "127.0.0.1:8082",
    decider,
    standing: { knownNodes: () => settings.expected.length || undefined },
    state,
    shared: new MemorySettings(state, decider),
    registry,
    metrics,
    demand: new RecentDemand(performance.now()),
    draining: false,
    clockOffsetMs: 0,
    loop: { lagSeconds: 0, stalledSeconds: 0 },
    exposition: exposition(metrics, {
      node: settings.node,
      version: "1.2.3",
      startedAtMs: 1_000,
      health: () => decider.health(),
      activeKeys: () => decider.activeKeys(),
      draining: () => node.draining,
      loop: { lagSeconds: 0, stalledSeconds: 0 },
    }),
  };
  registry.facts = () => factsOf(node);
  const failures: Error[] = [];
  const failed = failureReplies(node, (error) => failures.push(error));
  const app = createApp(node, failed);
  return {
    app,
    failed,
    node,
    decider,
    registry,
    failures,
    send: (method, path, options) => send(app, { method, path, ...options }),
  };
}

/** A register of this node alone. */
class MemoryRegistry implements Registry {
  facts: () => ReturnType<typeof factsOf> = () => {
    throw new Error("Cannot register: no node yet");
  };
  joined = true;
  away = false;

  async list(): Promise<RegistrySnapshot> {
    if (this.away) throw new ProbeError("Cannot read the register of nodes: Redis did not confirm it");
    const nodes = this.joined ? [{ ...this.facts(), clockMs: 34_500, lastHeartbeatMs: 4_500 }] : [];
    return { nowMs: 5_000, nodes, unreadable: 0 };
  }

  async join(): Promise<void> {
    this.joined = true;
  }

  async leave(): Promise<void> {
    this.joined = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Shared with nobody. */
class MemorySettings implements SharedSettings {
  versionUs = 0;
  readonly unreadable = 0;
  pushTrouble: SharedSettings["pushTrouble"];
  readonly #state: SettingsState;
  readonly #decider: MemoryDecider;

  constructor(state: SettingsState, decider: MemoryDecider) {
    this.#state = state;
    this.#decider = decider;
  }

  async change(values: ReadonlyMap<string, string | undefined>): Promise<void> {
    this.#tell();
    const { versionUs } = this;
    this.#state.merge(new Map([...values].map(([name, value]) => [name, { versionUs, value }])));
  }

  async announceReset(key: string): Promise<void> {
    this.#tell();
    this.#decider.forget(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #tell(): void {
    if (!this.#decider.connected) throw new ProbeError("Cannot change the shared settings: Redis did not confirm it");
    this.versionUs += 1;
  }
}

async function send(app: Hono, request: RequestOptions & { method: string; path: string }): Promise<Reply> {
  const { method, path, body, headers = {} } = request;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const sent = body === undefined ? headers : { "content-type": "application/json", ...headers };
  const response = await app.request(path, { method, headers: sent, ...(body !== undefined && { body: text }) });
  const type = response.headers.get("content-type") ?? "";
  const reply: unknown = type.includes("json") ? await response.json() : await response.text();
  return { status: response.status, headers: response.headers, body: reply };
}
