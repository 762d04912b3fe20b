/** A route as a value, so that what is refused elsewhere can be told from one table. */

import type { Context } from "hono";

/** One method on one path. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** In the form of hono, such as `/api/limits/:key`. */
  readonly path: string;
  /** Whether a bearer token is asked for, where one is set. */
  readonly guarded?: true;
  readonly handle: (context: Context) => Response | Promise<Response>;
}
