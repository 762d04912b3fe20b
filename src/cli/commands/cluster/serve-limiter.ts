/** `operator serve-limiter`: one node of the rate limiter, in the foreground. */

import { ALGORITHMS } from "../../../../lua/algorithms.ts";
import { startLimiter } from "../../../limiter/service.ts";
import { LimiterSettings } from "../../../limiter/settings/settings.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT } from "../../args/exit-code.ts";

/** Serves until interrupted, then finishes what runs. */
export const serveLimiter: Runnable = command({
  name: "serve-limiter",
  environmentPrefix: "RATELIMITER_",
  args: {
    node: { type: "string", description: "Number of this node; also picks the default port, 8080 + number" },
    port: { type: "string", description: "Port to listen on; 0 takes a free one" },
    host: { type: "string", default: "127.0.0.1", description: "Address to listen on" },
    redis: {
      type: "string",
      default: "redis://127.0.0.1:6379",
      description: "redis://host:port, redis+sentinel://host:port/name or redis+cluster://host:port,host:port",
      valueHint: "url",
    },
    "redis-password": { type: "string", description: "Password of Redis, where it is not in its address" },
    "sentinel-password": {
      type: "string",
      description: "Password of the Sentinels of redis+sentinel://, where it is not that of Redis",
    },
    "on-redis-failure": {
      type: "enum",
      options: ["local", "open", "closed"],
      default: "local",
      description: "While Redis does not answer: decide locally within a share of the limit, allow, or deny",
    },
    "local-overlap": {
      type: "string",
      default: "1",
      description: "Multiple of its share of a limit that each node uses while it decides alone, at most the limit",
      valueHint: "count",
    },
    algorithm: {
      type: "enum",
      options: [...ALGORITHMS],
      default: "sliding-window",
      description: "sliding-window is exact",
    },
    limit: { type: "string", default: "100", description: "Units per window", valueHint: "count" },
    window: { type: "string", default: "1m", description: "Length of the window", valueHint: "duration" },
    nodes: {
      type: "string",
      description: "Expected nodes, such as 1,2,3 or 1=10.0.0.1:8081,2; their number decides the share",
    },
    token: { type: "string", description: "Bearer token for every call that changes something" },
    insecure: { type: "boolean", description: "Listen on other addresses than loopback without a token" },
    "allowed-hosts": {
      type: "string",
      description: "Host names besides localhost that /api accepts, such as limiter.example,limiter.internal",
      valueHint: "names",
    },
    "per-call-rules": {
      type: "boolean",
      description: "Take limit and window_ms from a check (default); --no-per-call-rules refuses them",
    },
    "max-limit": { type: "string", default: "100k", description: "Largest limit of a check", valueHint: "count" },
    "max-window": { type: "string", default: "1d", description: "Longest window of a check", valueHint: "duration" },
    "max-cost": { type: "string", default: "10k", description: "Largest cost of a check", valueHint: "count" },
    "max-connections": {
      type: "string",
      default: "4000",
      description: "Open connections above which no more are accepted",
      valueHint: "count",
    },
    "idle-timeout": {
      type: "string",
      default: "75s",
      description: "Time after which an idle connection is closed, at most 255s",
      valueHint: "duration",
    },
    heartbeat: { type: "string", default: "1s", description: "Time between two registrations", valueHint: "duration" },
    "clock-offset-ms": { type: "string" },
  },
  options: LimiterSettings,
  async run(settings, { log, signal }) {
    const service = await startLimiter(settings, { log, signal });
    await service.closed;
    return EXIT.done;
  },
});
