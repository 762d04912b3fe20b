/** Rolling out a configuration, for instance the intended one after an unwanted change. */

import * as v from "valibot";
import { type Cause, defineAction } from "../../../core/subject/action.ts";
import { probe } from "../../../core/subject/probe.ts";
import { parse } from "../../../core/text/parse.ts";
import type { RateLimiterClient } from "../client/client.ts";
import type { NodeChange, NodeClient } from "../client/node-client.ts";
import { Intended } from "../config.ts";
import { differencesOf } from "../running-config.ts";
import { CLUSTER } from "../topology.ts";
import { Limit, NodeId, WindowMs } from "./fields.ts";

const Rules = v.object({
  algorithm: v.optional(Intended.entries.algorithm),
  limit: v.optional(Limit),
  windowMs: v.optional(WindowMs),
});
type Rules = v.InferOutput<typeof Rules>;

/** The former configuration of each node. */
const Former = v.pipe(
  v.array(v.object({ node: NodeId, ...Rules.entries })),
  v.minLength(1, "the former configuration was not captured"),
);
type Former = v.InferOutput<typeof Former>;

const Input = v.pipe(
  v.object({
    ...Rules.entries,
    node: v.pipe(v.optional(NodeId), v.description("Number of the node to change; all nodes if absent.")),
  }),
  v.check((input) => hasRules(input), "Cannot roll out an empty change, expected algorithm, limit or windowMs"),
);

/** Rolls a configuration out to one node or to all. */
export const rollOutConfig = defineAction({
  id: "roll-out-config",
  description:
    "Set the algorithm, limit and window that one node or all nodes enforce for keys without their own limit. Helps when nodes run with other settings than intended.",
  risk: "reversible",
  input: Input,
  fixes: rulesThatFix,
  preview: ({ node, ...rules }) => {
    const { method, path, body } = put(rules, node);
    return {
      sends: `${method} ${path} ${JSON.stringify(body)}`,
      expectedEffect: `${node === undefined ? "every node" : `node/${node}`} enforces it within a second`,
      entities: [node === undefined ? CLUSTER : `node/${node}`],
      stops: [],
    };
  },
  async run(client: RateLimiterClient, { node, ...rules }, signal) {
    await client.change(put(rules, node), signal);
    return `Rolled ${JSON.stringify(rules)} out to ${node === undefined ? "all nodes" : `node/${node}`}`;
  },
  async postCondition(client, { node, ...rules }, signal) {
    const enforces = async (one: NodeClient): Promise<boolean> => differencesOf(await one.config(signal), rules) === "";
    return node === undefined ? await client.everyNode(enforces) : await enforces(client.node(node));
  },
  capture: (client, { node }, signal) => formerRules(client, node, signal),
  async undo(client, { node }, { captured, signal }) {
    const former = parse(Former, captured, "the former configuration");
    const [first] = former;
    if (node === undefined && first && areAlike(former)) {
      await client.change(put(first, undefined), signal);
      return `Rolled all nodes back to ${JSON.stringify(withoutNode(first))}`;
    }
    for (const one of former) await client.change(put(one, one.node), signal);
    return `Rolled back to ${JSON.stringify(former)}`;
  },
});

/** Of the one node, or of every node that answers. */
async function formerRules(client: RateLimiterClient, node: string | undefined, signal: AbortSignal): Promise<Former> {
  const nodes = node === undefined ? client.nodes : [client.node(node)];
  const configs = await Promise.all(nodes.map(async (one) => [one.id, await probe(() => one.config(signal))] as const));
  return configs.flatMap(([id, config]) => {
    if (!("value" in config)) return [];
    const { algorithm, limit, windowMs } = config.value;
    return [v.parse(v.object({ node: NodeId, ...Rules.entries }), { node: id, algorithm, limit, windowMs })];
  });
}

function areAlike(former: Former): boolean {
  return new Set(former.map((one) => JSON.stringify(withoutNode(one)))).size === 1;
}

function withoutNode({ node: _node, ...rules }: Former[number]): Rules {
  return rules;
}

/** The intended settings, if the picture shows others that can be rolled out. */
function rulesThatFix({ mechanism, component: { id, labels = {} } }: Cause): v.InferInput<typeof Input> | undefined {
  if (mechanism !== "configuration-change") return undefined;
  const running = rulesIn(labels, "running");
  const intended = rulesIn(labels, "intended");
  if (!hasRules(intended) || differencesOf({ ...intended, ...running }, intended) === "") return undefined;
  return { ...intended, ...(id !== CLUSTER && { node: id.slice("node/".length) }) };
}

function rulesIn(labels: Readonly<Record<string, string>>, prefix: string): Rules {
  const { algorithm } = v.parse(v.object({ algorithm: v.fallback(Rules.entries.algorithm, undefined) }), {
    algorithm: labels[`${prefix}_algorithm`],
  });
  const number = (name: string): number | undefined => {
    const text = labels[`${prefix}_${name}`];
    return text === undefined ? undefined : Number(text);
  };
  const [limit, windowMs] = [number("limit"), number("windowMs")];
  return {
    ...(algorithm && { algorithm }),
    ...(limit !== undefined && { limit }),
    ...(windowMs !== undefined && { windowMs }),
  };
}

function hasRules(rules: Rules | undefined): rules is Rules {
  return rules !== undefined && (rules.algorithm ?? rules.limit ?? rules.windowMs) !== undefined;
}

function put({ algorithm, limit, windowMs }: Rules, node: string | undefined): NodeChange {
  const body = {
    ...(algorithm !== undefined && { algorithm }),
    ...(limit !== undefined && { limit }),
    ...(windowMs !== undefined && { window_ms: windowMs }),
    ...(node !== undefined && { node: Number(node) }),
  };
  return { method: "PUT", path: "/api/config", body };
}
