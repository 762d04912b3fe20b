/** What a message of TiKV or PD tells, in a closed list of words that claims can cite (messages of v8.5.7). */

import type { LogEvent } from "../../../core/system/logs.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { parseUnifiedLine } from "./unified-log.ts";

/** Kinds of event, each with the messages that tell it. The first that fits counts. */
const EVENTS: readonly (readonly [event: string, message: RegExp])[] = [
  // TiKV, raft-rs
  ["election-started", /^(starting a new election|became (pre-)?candidate at term |broadcasting vote request)/],
  ["became-leader", /^became leader at term /],
  ["became-follower", /^became follower at term /],
  ["quorum-lost", /^stepped down to follower since quorum is not active/],
  [
    "leader-transfer",
    /^(try to transfer leader|transfer leader$|\[term \d+\] (starts to transfer leadership|received MsgTimeoutNow))/,
  ],
  ["leader-missing", /^leader missing longer than /],
  ["replicas-changed", /^(exec ConfChangeV2|conf change successfully|region ConfVer changed)/],
  ["snapshot-sent", /^(start sending snapshot|sent snapshot)/],
  ["snapshot-received", /^saving all snapshot files/],
  ["snapshot-applied", /^(apply snapshot with state ok|apply new data)/],
  ["region-split", /^(split region|on split|try to batch split region|region batch split)/],
  ["region-merged", /^(execute admin command.*(Prepare|Commit)Merge|destroy peer)/],
  ["hot-region-split", /^load base split region/],
  ["slow-raft", /^\[store \d+\] handle \d+ pending peers/],
  ["slow-write", /^\[store \d+\] async write too slow/],
  ["slow-command", /^\[region \d+\] scheduler handle command/],
  ["slow-query", /^slow-query/],
  ["peer-unreachable", /^(wait connect timeout|connection (abort|fail)|broadcasting unreachable)/],
  ["peer-reached", /^connection established/],
  ["heartbeat-failed", /^(store heartbeat failed|region heartbeat stream exited)/],
  ["pd-unreachable", /^(connect failed|request failed, retry)/],
  ["pd-leader-seen", /^update pd client/],
  ["disk-almost-full", /^disk usage .*->(AlmostFull|AlreadyFull)/],
  ["disk-hung", /^fail-fast/],
  ["resolved-timestamp-behind", /^the max gap of leader resolved-ts is large/],
  ["start-refused", /^the maximum number of open file descriptors is too small/],
  // PD
  ["operator-added", /^add operator/],
  ["operator-finished", /^operator finish/],
  ["operator-timed-out", /^operator (timeout|expired)/],
  ["operator-canceled", /^(operator canceled|replace old operator)/],
  ["region-leader-changed", /^leader changed/],
  ["store-offline", /^store has been offline/],
  ["store-up", /^store has been up/],
  ["store-removed", /^store has been Tombstone/],
  ["store-silent", /^send keepalive message fail/],
  ["slow-store", /^detected slow store/],
  ["slow-store-recovered", /^slow store has been (recovered|removed)/],
  ["disk-low", /^store does not have enough disk space/],
  ["pd-leader-elected", /^(campaign PD leader ok|PD leader is ready to serve)/],
  [
    "pd-leader-lost",
    /^(no longer a leader because lease has expired|etcd leader changed, resigns|pd leader has changed)/,
  ],
  ["clock-offset", /^(clock offset|system time jumps backward)/],
  ["etcd-slow", /^(server is likely overloaded|apply request took too long|etcd endpoint is unhealthy)/],
  ["changed-by", /^audit log/],
];

/** How many messages' kinds are remembered: all that are written again and again. */
const REMEMBERED = 2048;

const kinds = new Map<string, string | undefined>();

/** Reads one line; `undefined` for one that goes on from the line before. What it tells is the field `event`. */
export function parseLog(line: string, component: ComponentId): LogEvent | undefined {
  const parsed = parseUnifiedLine(line);
  if (!parsed) return undefined;
  const { atMs, level, message, source, fields } = parsed;
  const event = eventOf(message);
  return { atMs, component, level, message, fields: { ...fields, source, ...(event !== undefined && { event }) } };
}

function eventOf(message: string): string | undefined {
  if (kinds.has(message)) return kinds.get(message);
  const event = EVENTS.find(([, pattern]) => pattern.test(message))?.[0];
  if (kinds.size < REMEMBERED) kinds.set(message, event);
  return event;
}
