/** Whole nodes on free ports over a real Redis, with a decider in memory. */

import { createConsola } from "consola/basic";
import * as v from "valibot";
import type { Decider } from "../../src/limiter/decide/decision.ts";
import { type LimiterService, startLimiter } from "../../src/limiter/service.ts";
import { LimiterSettings } from "../../src/limiter/settings/settings.ts";

/** Talk that nobody hears. */
export const silence: ReturnType<typeof createConsola> = createConsola({ level: -999 });

/** A node's service, and JSON calls to it. */
export interface TestService extends AsyncDisposable {
  readonly service: LimiterService;
  readonly get: (path: string) => Promise<unknown>;
  readonly call: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>;
}

/** How a node is started; the rest are its flags. */
export interface ServiceOptions {
  readonly flags: Record<string, unknown>;
  readonly decider?: Decider;
  readonly signal?: AbortSignal;
}

/** Starts a node on a free port. */
export async function startService({ flags, decider, signal }: ServiceOptions): Promise<TestService> {
  const settings = v.parse(LimiterSettings, { port: 0, heartbeat: "100ms", ...flags });
  const service = await startLimiter(settings, {
    log: silence,
    signal: signal ?? new AbortController().signal,
    ...(decider && { decider }),
  });
  async function call(method: string, path: string, body?: unknown) {
    const response = await fetch(`${service.url}${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    });
    return { status: response.status, body: await response.json() };
  }
  return {
    service,
    call,
    get: async (path) => (await call("GET", path)).body,
    [Symbol.asyncDispose]: () => service.stop(),
  };
}
