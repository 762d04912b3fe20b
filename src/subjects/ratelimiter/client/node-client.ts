/** One node's HTTP API: a method per call, each with the caller's signal. */

import * as v from "valibot";
import { ActionError, messageOf, ProbeError } from "../../../core/text/errors.ts";
import type { Rows } from "../../../core/text/rows.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { type HttpRequest, requestJson } from "../../../io/http/http.ts";
import { Admissions, Blocks, Counter, Health, Limits, type OwnLimit, Register, RunningConfig } from "./replies.ts";

/** Where a node is, and how it is asked. */
export interface NodeEndpoint {
  /** The node's own number or name, for instance `2`. */
  readonly id: string;
  /** `host:port`. */
  readonly address: string;
  /** Whether it is intentionally drained. */
  readonly drained: boolean;
  /** For calls that change something. */
  readonly token: string | undefined;
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number;
}

/** A call that changes something. */
export interface NodeChange {
  readonly method: "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
}

/** Maximum bytes of a reply: of the admission log, and of all others, such as the register of 10,000 nodes. */
const MAX_LOG_BYTES = 10_000_000;
const MAX_BYTES = 4_000_000;

/** Maximum characters of a query that every server accepts. */
const MAX_QUERY_LENGTH = 4000;

/** One node of the limiter. */
export class NodeClient {
  readonly id: string;
  readonly component: ComponentId;
  readonly address: string;
  readonly drained: boolean;
  readonly #token: string | undefined;
  readonly #timeoutMs: number;

  constructor({ id, address, drained, token, timeoutMs }: NodeEndpoint) {
    this.id = id;
    this.component = `node/${id}`;
    this.address = address;
    this.drained = drained;
    this.#token = token;
    this.#timeoutMs = timeoutMs;
  }

  health(signal: AbortSignal): Promise<Health> {
    return this.#get("/health", Health, signal);
  }

  config(signal: AbortSignal): Promise<RunningConfig> {
    return this.#get("/api/config", RunningConfig, signal);
  }

  register(signal: AbortSignal): Promise<Register> {
    return this.#get("/api/nodes", Register, signal);
  }

  counter(key: string, signal: AbortSignal): Promise<Counter> {
    return this.#get(`/api/counters/${encodeURIComponent(key)}`, Counter, signal);
  }

  /**
   * The limit set for a key, if there is one.
   * @throws {ProbeError} If the node does not answer, or answers with a row of another form.
   */
  async limit(key: string, signal: AbortSignal): Promise<OwnLimit | undefined> {
    // Among all keys with this prefix, the key itself comes first.
    const { limits } = await this.#get(`/api/limits?limit=1&prefix=${encodeURIComponent(key)}`, Limits, signal);
    return this.#rowOf(key, limits);
  }

  /**
   * Whether a key is blocked.
   * @throws {ProbeError} If the node does not answer, or answers with a row of another form.
   */
  async isBlocked(key: string, signal: AbortSignal): Promise<boolean> {
    const { blocked } = await this.#get(`/api/blocks?limit=1&prefix=${encodeURIComponent(key)}`, Blocks, signal);
    return this.#rowOf(key, blocked) !== undefined;
  }

  /** The heaviest keys of the admission log, and the named ones regardless of their weight. */
  async admissions(heaviest: number, named: readonly string[], signal: AbortSignal): Promise<Admissions> {
    const queries = queriesOf(named).map((query, index) => `limit=${index === 0 ? heaviest : 0}${query}`);
    const [first, ...rest] = await Promise.all(
      queries.map((query) => this.#get(`/api/admissions?${query}`, Admissions, signal)),
    );
    if (!first) throw new RangeError("Cannot ask for an empty list of keys");
    // A key that is both heavy and named on a further page must not count twice.
    const seen = new Set(first.series.map(({ key }) => key));
    return {
      ...first,
      series: [...first.series, ...rest.flatMap(({ series }) => series.filter(({ key }) => !seen.has(key)))],
      forgotten: [first, ...rest].some(({ forgotten }) => forgotten),
      unreadable: [first, ...rest].reduce((sum, { unreadable }) => sum + unreadable, 0),
    };
  }

  /**
   * Sends a call that changes something.
   * @throws {ActionError} If the node refuses or does not answer.
   */
  async change({ method, path, body }: NodeChange, signal: AbortSignal): Promise<void> {
    const request: HttpRequest = { method, signal, timeoutMs: this.#timeoutMs };
    try {
      await requestJson(this.#url(path), v.unknown(), {
        ...request,
        ...(body !== undefined && { body }),
        ...(this.#token !== undefined && { token: this.#token }),
      });
    } catch (cause) {
      throw new ActionError(`Cannot change ${this.component}: ${messageOf(cause)}`, { cause });
    }
  }

  /** A row that cannot be read may be the requested one. */
  #rowOf<Row extends { readonly key: string }>(key: string, { rows, unreadable }: Rows<Row>): Row | undefined {
    const row = rows.find((candidate) => candidate.key === key);
    if (row || unreadable === 0) return row;
    throw new ProbeError(
      `Cannot read the row of "${key}" on ${this.component}: it may be one of those with an unexpected format`,
    );
  }

  /**
   * The parsed reply.
   * @throws {ProbeError} If the node does not answer.
   */
  raw(path: "/api/config" | "/health", signal: AbortSignal): Promise<unknown> {
    return this.#get(path, v.unknown(), signal);
  }

  #get<Schema extends v.GenericSchema>(
    path: string,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<v.InferOutput<Schema>> {
    const maxBytes = path.startsWith("/api/admissions") ? MAX_LOG_BYTES : MAX_BYTES;
    return requestJson(this.#url(path), schema, { signal, timeoutMs: this.#timeoutMs, maxBytes });
  }

  #url(path: string): string {
    return `http://${this.address}${path}`;
  }
}

/** The named keys split into queries of bounded length, at least one query. */
function queriesOf(named: readonly string[]): readonly string[] {
  const queries = [""];
  for (const key of named) {
    const part = `&key=${encodeURIComponent(key)}`;
    const last = queries.at(-1) ?? "";
    if (last.length + part.length <= MAX_QUERY_LENGTH) queries[queries.length - 1] = last + part;
    else queries.push(part);
  }
  return queries;
}
