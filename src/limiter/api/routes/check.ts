/** `POST /check`: the hot path, with as few turns of the event loop as possible. */

import type { CheckRequest, Decision } from "../../decide/decision.ts";
import type { LimiterNode } from "../../limiter-node.ts";
import { cutOff, notAnObject, parseObject, whole } from "../body.ts";
import { checkReply, isUnavailable } from "../check-fields.ts";
import { readCheck } from "../check-request.ts";
import type { PostAnswer } from "../http/requests-under-way.ts";
import { type Refusal, refusalReply } from "../http-error.ts";
import type { Route } from "./route.ts";

/** Path of the hot route. */
export const CHECK_PATH = "/check";

/** Decides whether a key may take units now. */
export function checkRoute(node: LimiterNode): Route {
  const check = checkAnswer(node);
  return { method: "POST", path: CHECK_PATH, access: "open", handle: ({ req }) => check(req.raw) };
}

/** Answers `POST /check`, whether Bun or hono routed it. It waits twice only, for the body and for the decision: each wait costs. */
export function checkAnswer(node: LimiterNode): PostAnswer {
  const { decider, metrics } = node;
  return async (request, bodyRead) => {
    const startMs = performance.now();
    let text: string | Refusal | undefined;
    try {
      if (!node.draining) text = whole(request, await request.text());
    } catch {
      text = cutOff(request);
    } finally {
      bodyRead?.(request);
    }
    const asked = text === undefined ? refuseDraining(node) : understand(node, { request, startMs, text });
    const response = asked instanceof Response ? asked : answer(node, asked, await decider.check(asked));
    metrics.checks.observe(performance.now() - startMs);
    // Read last: the signal costs nothing until it is first read.
    if (request.signal.aborted) metrics.disconnects.answer += 1;
    return response;
  };
}

interface Asked {
  readonly request: Request;
  /** Monotonic milliseconds at which the request arrived. */
  readonly startMs: number;
  /** Its body, or why there is none. */
  readonly text: string | Refusal;
}

/** The check in a body, or the answer if nothing needs to be decided. */
function understand(node: LimiterNode, { request, startMs, text }: Asked): CheckRequest | Response {
  if (typeof text !== "string") return invalid(node, text);
  const body = parseObject(text);
  if (!body) return invalid(node, notAnObject(request));
  const input = readCheck(body, node.settings.callers);
  if ("field" in input) return invalid(node, { status: 400, ...input });
  const check = node.state.complete(input);
  node.demand.note(check.key, startMs);
  return node.state.isBlocked(check.key) ? denyBlocked(node, check) : check;
}

function answer({ metrics }: LimiterNode, check: CheckRequest, decision: Decision): Response {
  metrics.sources[decision.source] += 1;
  if (decision.withheld) metrics.withheld[decision.withheld] += 1;
  if (decision.allowed) metrics.results.allowed += 1;
  else if (isUnavailable(decision)) metrics.results.unavailable += 1;
  else metrics.results.limited += 1;
  return checkReply(decision, check);
}

/** A block has no end known to the node: clients are told to retry a window later. */
function denyBlocked({ metrics }: LimiterNode, { limit, windowMs }: CheckRequest): Response {
  metrics.results.blocked += 1;
  const waitUs = windowMs * 1000;
  const times = { retryAfterUs: waitUs, moreQuotaUs: waitUs, resetUs: waitUs };
  const decision: Decision = { allowed: false, limit, count: limit, ...times, source: "redis" };
  return checkReply(decision, { windowMs, blocked: true });
}

function refuseDraining({ metrics, settings }: LimiterNode): Response {
  metrics.results.draining += 1;
  const message = `Cannot check on node ${settings.node}: it is draining, expected a ready node`;
  return refusalReply({ status: 503, field: "node", message, headers: { "retry-after": "1" } });
}

function invalid({ metrics }: LimiterNode, refusal: Refusal): Response {
  metrics.results.invalid += 1;
  return refusalReply(refusal);
}
