/** `/api/nodes` and `/api/node`: registered and expected nodes, and draining this one. */

import * as v from "valibot";
import { drain, type LimiterNode, stateOf, undrain } from "../../limiter-node.ts";
import type { RegisteredNode } from "../../registry.ts";
import { readJson } from "../body.ts";
import { fields } from "../fields.ts";
import type { Route } from "./route.ts";

const ClockBody = fields({
  offset_ms: v.custom<number>(isOffset, "Cannot use offset_ms, expected whole milliseconds of at most a year"),
});

/** Lists registered and expected nodes, and drains this one. */
export function nodeRoutes(node: LimiterNode): readonly Route[] {
  const id = node.settings.node;
  return [
    {
      method: "GET",
      path: "/api/nodes",
      access: "read",
      async handle(context) {
        const { nowMs, nodes, unreadable } = await node.registry.list();
        const registered = new Map(nodes.map((one) => [one.id, one]));
        const expected = new Map(node.settings.expected.map((one) => [one.id, one]));
        const own = node.draining ? [id] : [];
        const ids = [...new Set([...expected.keys(), ...registered.keys(), ...own])].toSorted((a, b) => a - b);
        const rows = ids.map((one) => ({
          id: one,
          state: registered.get(one)?.state ?? (own.includes(one) ? "draining" : "missing"),
          expected: expected.has(one),
          address: registered.get(one)?.address ?? expected.get(one)?.address ?? null,
          ...registrationJson(registered.get(one), nowMs),
        }));
        return context.json({ redis_time: isoTime(nowMs), nodes: rows, unreadable });
      },
    },
    {
      method: "POST",
      path: "/api/node/drain",
      access: "change",
      async handle(context) {
        await drain(node);
        return context.json({ node: id, state: stateOf(node) });
      },
    },
    {
      method: "POST",
      path: "/api/node/undrain",
      access: "change",
      async handle(context) {
        await undrain(node);
        return context.json({ node: id, state: stateOf(node) });
      },
    },
    ...clockRoutes(node),
  ];
}

/** For the fault that sets a clock wrong. */
function clockRoutes(node: LimiterNode): readonly Route[] {
  const path = "/api/node/clock";
  return [
    { method: "GET", path, access: "read", handle: (context) => context.json({ offset_ms: node.clockOffsetMs }) },
    {
      method: "PUT",
      path,
      access: "change",
      async handle(context) {
        node.clockOffsetMs = (await readJson(context, ClockBody)).offset_ms;
        return context.json({ offset_ms: node.clockOffsetMs });
      },
    },
  ];
}

function registrationJson(node: RegisteredNode | undefined, nowMs: number) {
  if (!node) {
    return {
      version: null,
      started_at: null,
      config_hash: null,
      clock: null,
      last_heartbeat: null,
      heartbeat_age_ms: null,
    };
  }
  const { version, startedAtMs, configHash, clockMs, lastHeartbeatMs } = node;
  return {
    version,
    started_at: isoTime(startedAtMs),
    config_hash: configHash,
    clock: {
      node_time: isoTime(clockMs),
      redis_time: isoTime(lastHeartbeatMs),
      offset_ms: clockMs - lastHeartbeatMs,
    },
    last_heartbeat: isoTime(lastHeartbeatMs),
    heartbeat_age_ms: Math.max(0, nowMs - lastHeartbeatMs),
  };
}

function isOffset(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 365 * 86_400_000;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
