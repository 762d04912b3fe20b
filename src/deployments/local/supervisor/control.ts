/** The supervisor's control server: HTTP over a unix socket that only its owner can reach. */

import { chmodSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { Hono } from "hono";
import * as v from "valibot";
import { messageOf } from "../../../core/text/errors.ts";
import { isComponentId } from "../../../core/words/ids.ts";
import type { LinkId } from "../../deployment.ts";
import type { Cluster } from "./cluster.ts";

const COMPONENT_VERBS = ["start", "stop", "restart", "kill", "hang", "resume"] as const;

const ComponentCall = v.object({
  verb: v.picklist(COMPONENT_VERBS),
  component: v.pipe(v.string(), v.guard(isComponentId)),
});

const PositiveNumber = v.pipe(v.number(), v.finite(), v.minValue(1));
const Link = v.pipe(
  v.string(),
  v.guard((text: string): text is LinkId => text.split("->").every(isComponentId)),
);

const LinkCall = v.variant("verb", [
  v.object({ verb: v.picklist(["cut", "heal"]), link: Link }),
  v.object({ verb: v.literal("delay"), link: Link, delayMs: PositiveNumber }),
  v.object({ verb: v.literal("throttle"), link: Link, bytesPerSecond: PositiveNumber }),
]);

/** One operation on a component, as it is sent. */
export type ComponentCall = v.InferOutput<typeof ComponentCall>;
/** One operation on a link, as it is sent. */
export type LinkCall = v.InferOutput<typeof LinkCall>;

/** Listens until disposed. The caller holds the deployment's lock, so an existing socket belongs to a dead supervisor. */
export function listenForControl(cluster: Cluster, path: string): AsyncDisposable {
  // When it stops, Bun removes the socket file, even if another process has replaced it.
  const made = join(dirname(path), `c.${process.pid}`);
  rmSync(made, { force: true });
  const server = Bun.serve({ unix: made, fetch: controlApp(cluster).fetch });
  chmodSync(made, 0o600);
  renameSync(made, path);
  return { [Symbol.asyncDispose]: () => server.stop(true) };
}

function controlApp(cluster: Cluster): Hono {
  const app = new Hono();
  app.get("/components", (context) => context.json(cluster.components()));
  app.post("/components", async (context) => {
    const { verb, component } = v.parse(ComponentCall, await context.req.json());
    await cluster.child(component)[verb]();
    return context.json({});
  });
  app.post("/links", async (context) => {
    impair(cluster, v.parse(LinkCall, await context.req.json()));
    return context.json({});
  });
  app.onError((error, context) => context.json({ name: error.name, error: messageOf(error) }, 409));
  return app;
}

function impair(cluster: Cluster, call: LinkCall): void {
  const link = cluster.link(call.link);
  switch (call.verb) {
    case "cut":
      return link.cut();
    case "heal":
      return link.heal();
    case "delay":
      return link.delay(call.delayMs);
    case "throttle":
      return link.throttle(call.bytesPerSecond);
  }
}
