/** Inspections of Redis: settings, statistics, clients, slow commands, and the error with which it refuses a write. */

import type { Inspection, Json } from "../../../core/subject/inspection.ts";
import { transcribe } from "../../../io/system/tcp.ts";
import type { RateLimiterClient } from "../client/client.ts";
import type { ReadCommand } from "../client/redis-client.ts";
import { REDIS } from "../topology.ts";

type RedisInspection = Inspection<RateLimiterClient>;

const OF_REDIS = { timeoutMs: 1000, appliesTo: (component: string): boolean => component === REDIS } as const;

const config: RedisInspection = {
  ...OF_REDIS,
  id: "config",
  description: "The settings of Redis.",
  cost: "cheap",
  compared: "changes",
  read: ({ redis }, _component, signal) => asked(redis, ["CONFIG GET *", settingsOf], signal),
};

const info: RedisInspection = {
  ...OF_REDIS,
  id: "info",
  description: "Every section of INFO: replication, memory, calls and failures of each command, errors by their code.",
  cost: "cheap",
  compared: "increases",
  read: ({ redis }, _component, signal) => asked(redis, ["INFO everything", sectionsOf], signal),
};

const clients: RedisInspection = {
  ...OF_REDIS,
  id: "clients",
  description: "Connections to Redis by host and last command, with the longest idle time and the largest buffer.",
  cost: "costly",
  read: ({ redis }, _component, signal) => asked(redis, ["CLIENT LIST", clientsOf], signal),
};

const slowlog: RedisInspection = {
  ...OF_REDIS,
  id: "slowlog",
  description: "The newest slow commands of Redis.",
  cost: "cheap",
  read: ({ redis }, _component, signal) => asked(redis, ["SLOWLOG GET 16", slowOf], signal),
};

const writeRefusal: RedisInspection = {
  ...OF_REDIS,
  id: "write-refusal",
  description: "The error with which Redis refuses a write; null if it accepts writes. Nothing is written.",
  cost: "cheap",
  read: async ({ redis }, _component, signal) => (await redis.writeRefusal(signal)) ?? null,
};

const transcript: RedisInspection = {
  ...OF_REDIS,
  id: "transcript",
  description: "PING over a separate connection: time to connect, time to the first byte, and the raw answer.",
  cost: "cheap",
  read: async ({ redis }, _component, signal) => ({
    ...(await transcribe(redis.address, {
      send: "PING\r\n",
      signal: AbortSignal.any([signal, AbortSignal.timeout(800)]),
    })),
  }),
};

/** Inspections of Redis, cheap ones first. */
export const redisInspections: readonly RedisInspection[] = [config, info, slowlog, writeRefusal, transcript, clients];

/** The reply of the only primary; with several, one reply per address. */
async function asked(
  redis: RateLimiterClient["redis"],
  [command, parse]: readonly [ReadCommand, (reply: unknown) => Json],
  signal: AbortSignal,
): Promise<Json> {
  const replies = [...(await redis.ask(command, signal))].map(([address, reply]) => [address, parse(reply)] as const);
  const [only, ...more] = replies;
  return only && more.length === 0 ? only[1] : Object.fromEntries(replies);
}

/** Alternating names and values, or a map, depending on the protocol version. */
function settingsOf(reply: unknown): Json {
  if (!Array.isArray(reply)) return entriesOf(Object.entries(Object(reply)));
  const words = reply.map(String);
  return entriesOf(words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? ""] as const] : [])));
}

function entriesOf(entries: readonly (readonly [string, unknown])[]): Json {
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, value]) => [name, String(value)]));
}

/** Sections by lower-case name; a field that lists figures, such as `cmdstat_get:calls=3,usec=12`, is split by name. */
function sectionsOf(reply: unknown): Json {
  const sections = String(reply)
    .split(/^# /m)
    .slice(1)
    .map((text) => {
      const [name = "", ...lines] = text.split(/\r?\n/);
      const fields = lines.flatMap((line) => {
        const colon = line.indexOf(":");
        return colon > 0
          ? [[line.slice(0, colon).replace(/^(?:cmdstat|errorstat)_/, ""), valueOf(line.slice(colon + 1))]]
          : [];
      });
      return [name.trim().toLowerCase(), Object.fromEntries(fields)];
    });
  return Object.fromEntries(sections);
}

function valueOf(text: string): Json {
  if (!/^\w+=[^,]*(?:,|$)/.test(text)) return numberOr(text);
  const figures = text.split(",").map((part) => part.split("="));
  return Object.fromEntries(figures.map(([name = "", value = ""]) => [name, numberOr(value)]));
}

function numberOr(text: string): Json {
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : text;
}

function clientsOf(reply: unknown): Json {
  const all = String(reply).trimEnd().split("\n").map(clientOf);
  const count = (nameOf: (one: ReadonlyMap<string, string>) => string): Json => {
    const groups = [...Map.groupBy(all, nameOf)].toSorted(([, a], [, b]) => b.length - a.length).slice(0, 20);
    return Object.fromEntries(groups.map(([name, group]) => [name, group.length]));
  };
  const largest = (field: string): number => Math.max(0, ...all.map((one) => Number(one.get(field) ?? 0)));
  return {
    connections: all.length,
    by_host: count((one) => (one.get("addr") ?? "").replace(/:\d+$/, "")),
    by_command: count((one) => one.get("cmd") ?? ""),
    by_user: count((one) => one.get("user") ?? ""),
    blocked: all.filter((one) => one.get("flags")?.includes("b")).length,
    longest_idle_seconds: largest("idle"),
    largest_output_bytes: largest("omem"),
  };
}

function clientOf(line: string): ReadonlyMap<string, string> {
  return new Map(line.split(" ").map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]));
}

/** Number, epoch seconds, microseconds and command of each entry. */
function slowOf(reply: unknown): Json {
  const entries: readonly unknown[] = Array.isArray(reply) ? reply : [];
  return entries.flatMap((entry) => {
    if (!Array.isArray(entry)) return [];
    const [, atSeconds, microseconds, words, address] = entry;
    const command = (Array.isArray(words) ? words : []).map(String).join(" ");
    const at = new Date(Number(atSeconds) * 1000).toISOString();
    return [{ at, microseconds: Number(microseconds), command: command.slice(0, 200), client: String(address ?? "") }];
  });
}
