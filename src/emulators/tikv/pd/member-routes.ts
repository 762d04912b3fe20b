/** The routes of PD that are about its own members, and who answers what while there is no leader. */

import { indentedJson, Uint64 } from "../go-json.ts";
import type { Members } from "./members.ts";
import { json, type Reply, text } from "./reply.ts";

/** One member as the others know it. */
export interface MemberInfo {
  readonly name: string;
  /** Where clients reach it, which is where it listens. */
  readonly clientUrl: string;
}

/** All members, and what is needed to ask them. */
export interface MemberRoutesOptions {
  readonly members: Members;
  readonly infos: readonly MemberInfo[];
  readonly name: string;
  readonly clusterId: Uint64;
  /** Whether a member answers a ping at its peer address; `undefined` where it hangs. */
  readonly ping: (name: string) => Promise<boolean>;
}

/** A number of its own for each name, beyond 2^53. */
export function memberId(name: string): Uint64 {
  return new Uint64(Bun.hash.wyhash(`member ${name}`) | (1n << 62n));
}

function memberReply({ name, clientUrl }: MemberInfo) {
  return { name, member_id: memberId(name), peer_urls: [clientUrl], client_urls: [clientUrl] };
}

function fullReply(info: MemberInfo): object {
  return { ...memberReply(info), deploy_path: "/data/pd/bin", binary_version: "v8.5.7", git_hash: "None" };
}

/** `GET /members`, by the leader. */
export function membersReply({ members, infos, clusterId }: MemberRoutesOptions): Reply {
  const leader = infos.find(({ name }) => name === members.leader);
  return json({
    header: { cluster_id: clusterId },
    members: infos.map(fullReply),
    ...(leader && { leader: fullReply(leader), etcd_leader: fullReply(leader) }),
  });
}

/** `GET /leader`, by the leader. */
export function leaderReply({ members, infos }: MemberRoutesOptions): Reply {
  const leader = infos.find(({ name }) => name === members.leader);
  return leader ? json(memberReply(leader)) : NO_LEADER;
}

/** `GET /health`: every member is pinged by the one that is asked. A member that hangs makes it take three seconds. */
export async function healthReply({ infos, name, ping }: MemberRoutesOptions): Promise<Reply> {
  const members = await Promise.all(
    infos.map(async (info) => ({
      name: info.name,
      member_id: memberId(info.name),
      client_urls: [info.clientUrl],
      health: info.name === name || (await ping(info.name)),
    })),
  );
  return { status: 200, body: indentedJson(members), contentType: "application/json; charset=UTF-8" };
}

/** A follower whose leader is dead answers so at once. */
export const REDIRECT_FAILED = text("[PD:apiutil:ErrRedirect]redirect failed\n", 500);

/** A member that knows of no leader answers so after three seconds. */
export const NO_LEADER = text("[PD:apiutil:ErrRedirectNoLeader]redirect finds no leader\n", 503);

/** A member that is asked by another one as the leader, and leads no more, answers so. */
export const REDIRECTED_TO_FOLLOWER = text("[PD:apiutil:ErrRedirectToNotLeader]redirect to not leader\n", 500);
