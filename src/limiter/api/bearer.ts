/** Bearer tokens, compared in constant time. */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import { refuse } from "./http-error.ts";

/**
 * Lets a request with the token pass.
 * @throws {HTTPException} A refusal, if it does not.
 */
export function demandToken(context: Context, token: string): void {
  const [, given = ""] = /^Bearer +(.+)$/i.exec(context.req.header("authorization") ?? "") ?? [];
  if (timingSafeEqual(digest(given), digest(token))) return;
  throw refuse({
    status: 401,
    field: "authorization",
    message: 'Cannot change anything without the token of this node, expected it in "Authorization: Bearer"',
    headers: { "www-authenticate": "Bearer" },
  });
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
