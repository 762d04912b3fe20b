/** A route as a value, so that one table also gives the refusals of other paths and methods. */

import type { Context } from "hono";
import type { Access } from "../http/access.ts";

/** One method on one path. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE" | "OPTIONS";
  /** Path in hono's syntax, such as `/api/limits/:key`. */
  readonly path: string;
  readonly access: Access;
  readonly handle: (context: Context) => Response | Promise<Response>;
}
