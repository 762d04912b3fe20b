/** What a follower does with a request for the leader. */

import { NO_LEADER, REDIRECT_FAILED, REDIRECTED_TO_FOLLOWER } from "./member-routes.ts";
import type { MemberAddress } from "./members.ts";
import { json, type Reply } from "./reply.ts";

/** Milliseconds that a member which knows no leader lets a request wait. */
const NO_LEADER_MS = 3000;

/** Header by which PD knows that another member has passed a request on (`pkg/utils/apiutil`). */
export const REDIRECTOR = "pd-redirector";

/** What is passed on, and to whom. */
export interface Forwarding {
  readonly request: Request;
  /** Absent where this member knows of none. */
  readonly leader: (MemberAddress & { readonly clientAddress: string }) | undefined;
}

/** A follower passes on without any time limit of its own; where it knows no leader, it waits and gives up. */
export async function forwarded(
  path: string,
  { search }: URL,
  { request, leader }: Forwarding,
): Promise<Reply | Response> {
  if (request.headers.has(REDIRECTOR)) return REDIRECTED_TO_FOLLOWER;
  if (!leader) {
    if (path === "/config") return json("[PD:server:ErrLeaderNil]leader is nil", 500);
    await Bun.sleep(NO_LEADER_MS);
    return NO_LEADER;
  }
  try {
    const body = request.method === "GET" ? undefined : await request.text();
    const reply = await fetch(`http://${leader.address}/pd/api/v1${path}${search}`, {
      method: request.method,
      headers: { [REDIRECTOR]: "pd" },
      ...(body !== undefined && { body }),
      signal: request.signal,
    });
    return new Response(await reply.arrayBuffer(), reply);
  } catch {
    if (path !== "/config") return REDIRECT_FAILED;
    const { clientAddress } = leader;
    const target = `http://${clientAddress}/pd/api/v1/config`;
    return json(`Get "${target}": dial tcp ${clientAddress}: connect: connection refused`, 500);
  }
}
