/** What a route of PD is: a method, a path below `/pd/api/v1`, and what answers. */

import type { Uint64 } from "../go-json.ts";
import type { Cluster } from "./cluster.ts";
import { badInput, json, type Reply } from "./reply.ts";

/** What a route is given. */
export interface RouteRequest {
  readonly cluster: Cluster;
  /** Named parts of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** As it came; empty where there was none. */
  readonly body: string;
  /** Epoch milliseconds by PD's clock. */
  readonly nowMs: number;
  /** Epoch milliseconds at which the process started. */
  readonly startedAtMs: number;
  readonly clusterId: Uint64;
}

/** One route. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: RegExp;
  readonly answer: (request: RouteRequest) => Reply;
}

const NOT_BOOTSTRAPPED = json(
  "[PD:cluster:ErrNotBootstrapped]TiKV cluster not bootstrapped, please start TiKV first",
  500,
);

/** Needs a cluster that a first store has made. */
export function bootstrapped(answer: Route["answer"]): Route["answer"] {
  return (request) => (request.cluster.isBootstrapped ? answer(request) : NOT_BOOTSTRAPPED);
}

/** A route that reads. */
export function get(path: RegExp, answer: Route["answer"]): Route {
  return { method: "GET", path, answer };
}

/** A route that changes something. */
export function post(path: RegExp, answer: Route["answer"]): Route {
  return { method: "POST", path, answer };
}

/** A route that removes something. */
export function remove(path: RegExp, answer: Route["answer"]): Route {
  return { method: "DELETE", path, answer };
}

/** A body as an object; a reply where it is none. */
export function objectOf(body: string): Readonly<Record<string, unknown>> | Reply {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
    return badInput("json: cannot unmarshal array into Go value of type map[string]interface {}");
  } catch {
    return badInput(`invalid character '${body[0] ?? ""}' looking for beginning of value`, 1);
  }
}

/** Whether reading a body ended in a reply. */
export function isReply(value: Readonly<Record<string, unknown>> | Reply): value is Reply {
  return typeof value["status"] === "number" && typeof value["body"] === "string";
}
