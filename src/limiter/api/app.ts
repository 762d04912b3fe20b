/** The HTTP side of one node: every route, and the answer to unknown ones. */

import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { ProbeError } from "../../core/text/errors.ts";
import type { LimiterNode } from "../limiter-node.ts";
import { Disconnected } from "./body.ts";
import { accessChecks } from "./http/access.ts";
import { isReadableUrl, pathOf, UNREADABLE_URL } from "./http/path.ts";
import { refusalReply } from "./http-error.ts";
import { admissionsRoute } from "./routes/admissions.ts";
import { blockRoutes } from "./routes/blocks.ts";
import { checkRoute } from "./routes/check.ts";
import { configRoutes } from "./routes/config.ts";
import { counterRoutes } from "./routes/counters.ts";
import { healthRoutes } from "./routes/health.ts";
import { limitRoutes } from "./routes/limits.ts";
import { nodeRoutes } from "./routes/nodes.ts";
import type { Route } from "./routes/route.ts";

/** Makes the app of one node; it does not listen yet. It has every route, also those that the server routes by itself. */
export function createApp(node: LimiterNode, failed: (error: Error) => Response): Hono {
  const routes = routesOf(node);
  const checks = accessChecks(node.settings);
  const app = new Hono({ getPath: pathOf });
  for (const { method, path, access, handle } of routes) {
    if (access === "open") app.on(method, path, handle);
    else {
      app.on(method, path, (context) => {
        checks[access](context);
        return handle(context);
      });
    }
  }
  app.notFound(({ req }) => refuseUnknown(routes, req));
  app.onError(failed);
  return app;
}

/** The answer when a handler throws. Anything but a refusal is reported to `onError`. */
export function failureReplies(node: LimiterNode, onError: (error: Error) => void): (error: Error) => Response {
  return (error) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (error instanceof Disconnected) return disconnected(node);
    // Its causes are messages of libraries, and belong in the log only.
    if (error instanceof ProbeError) return refusalReply({ status: 503, field: "redis", message: error.message });
    onError(error);
    return refusalReply({ status: 500, field: "node", message: "Cannot answer: internal error of the node" });
  };
}

/** Nobody reads this answer. */
function disconnected({ metrics }: LimiterNode): Response {
  metrics.disconnects.body += 1;
  return refusalReply({ status: 400, field: "body", message: "Cannot read body: the connection closed" });
}

function routesOf(node: LimiterNode): readonly Route[] {
  return [
    checkRoute(node),
    admissionsRoute(node),
    ...counterRoutes(node),
    ...limitRoutes(node),
    ...blockRoutes(node),
    ...configRoutes(node),
    ...nodeRoutes(node),
    ...healthRoutes(node),
  ];
}

/** Computed from the table, not by further handlers: hono is fastest with a single handler per path. */
function refuseUnknown(routes: readonly Route[], { method, path }: { method: string; path: string }): Response {
  const allowed = routes.filter((route) => patternOf(route).test(path)).map((route) => route.method);
  if (allowed.length === 0) {
    if (!isReadableUrl(path)) return refusalReply(UNREADABLE_URL);
    return refusalReply({ status: 404, field: "path", message: `Cannot find "${path}", expected a route of this API` });
  }
  const allow = allowed.join(", ");
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
  const message = `Cannot ${method} "${path}", expected ${allow}`;
  return refusalReply({ status: 405, field: "method", message, headers: { allow } });
}

function patternOf({ path }: Route): RegExp {
  return new RegExp(`^${path.replaceAll(/:[a-z]+/g, "[^/]+")}$`);
}
