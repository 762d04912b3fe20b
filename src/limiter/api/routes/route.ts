/** A route as a value, so that what is refused elsewhere can be told from one table. */

import type { Context } from "hono";
import type { Access } from "../http/access.ts";

/** One method on one path. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE" | "OPTIONS";
  /** In the form of hono, such as `/api/limits/:key`. */
  readonly path: string;
  readonly access: Access;
  readonly handle: (context: Context) => Response | Promise<Response>;
}
