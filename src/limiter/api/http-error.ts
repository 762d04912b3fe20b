/** Refusals as JSON that name the field at fault. */

import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** Which part of a request is at fault, and why. */
export interface BadField {
  readonly field: string;
  readonly message: string;
}

/** A refusal of a request. */
export interface Refusal extends BadField {
  readonly status: ContentfulStatusCode;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer that refuses a request. */
export function refusalReply({ status, field, message, headers }: Refusal): Response {
  return Response.json({ error: { field, message } }, { status, ...(headers && { headers: { ...headers } }) });
}

/** What a handler throws to answer with a refusal. */
export function refuse(refusal: Refusal): HTTPException {
  return new HTTPException(refusal.status, { res: refusalReply(refusal), message: refusal.message });
}
