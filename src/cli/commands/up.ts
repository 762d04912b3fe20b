/** `operator up`: brings a subject's cluster up on this machine and leaves it running. */

import * as v from "valibot";
import { Count } from "../../core/text/units.ts";
import type { Deployment } from "../../deployments/deployment.ts";
import { bringUp } from "../../deployments/mod.ts";
import type { Recipe } from "../../deployments/recipe.ts";
import { rateLimiter } from "../../deployments/recipes/ratelimiter.ts";
import { operatorHome } from "../../io/home.ts";
import { LimiterSettings } from "../../limiter/settings.ts";
import { tableLines } from "../../render/table.ts";
import { command, type Runnable } from "../args/command.ts";
import { EXIT } from "../args/exit-code.ts";
import { printJson, printText } from "../args/output.ts";

const MAX_NODES = 50;

/** Every node reads them again; what it would refuse is refused before anything starts. */
const { limit, window, onRedisFailure, algorithm } = LimiterSettings.pipe[0].entries;

const Options = v.object({
  subject: v.picklist(
    ["ratelimiter"],
    ({ input }) => `Cannot run ${JSON.stringify(input)} on this machine, expected ratelimiter`,
  ),
  nodes: v.pipe(
    Count,
    v.minValue(1, "Cannot run less than 1 node"),
    v.maxValue(MAX_NODES, `Cannot run more than ${MAX_NODES} nodes on one machine`),
  ),
  with: v.optional(v.picklist(["prometheus"])),
  name: v.optional(v.string()),
  takeOver: v.optional(v.boolean(), false),
  home: v.optional(v.string()),
  limit: v.optional(textOf(limit)),
  window: v.optional(textOf(window)),
  onRedisFailure: v.optional(textOf(onRedisFailure)),
  algorithm: v.optional(textOf(algorithm)),
  json: v.optional(v.boolean(), false),
});

/** Returns when everything is ready; Ctrl-C before that takes all of it down. */
export const up: Runnable = command({
  name: "up",
  description: "Bring up a subject's cluster on this machine",
  args: {
    subject: { type: "positional", required: true, description: "What to run: ratelimiter", valueHint: "ratelimiter" },
    nodes: { type: "string", default: "3", description: "How many nodes", valueHint: "count" },
    with: { type: "enum", options: ["prometheus"], description: "What to run beside it" },
    name: { type: "string", description: "Name of the instance; by default the subject's" },
    "take-over": {
      type: "boolean",
      description:
        "Use the name though it is held elsewhere: by another machine or container that is gone or will let go",
    },
    home: { type: "string", description: "Folder of all state", valueHint: "folder" },
    limit: { type: "string", description: "Units per window", valueHint: "count" },
    window: { type: "string", description: "Length of the window", valueHint: "duration" },
    "on-redis-failure": {
      type: "enum",
      options: ["local", "open", "closed"],
      description: "Decide from own counts, allow, or deny while Redis does not answer",
    },
    algorithm: {
      type: "enum",
      options: ["sliding-window", "sliding-counter", "fixed-window", "gcra"],
      description: "sliding-window is exact",
    },
    json: { type: "boolean", description: "Print JSON" },
  },
  options: Options,
  async run(options, { log, signal }) {
    const { home, name, takeOver, json } = options;
    const deployment = await bringUp(
      { home: operatorHome(home), recipe: recipeOf(options), takeOver, ...(name !== undefined && { name }) },
      { signal, onReady: (component) => log.info(`Ready: ${component}`) },
    );
    await report(deployment, json);
    const which = name === undefined ? "" : ` --name ${name}`;
    log.info(`Up: ${deployment.id}; "operator down${which}" takes it down`);
    return EXIT.done; // an interruption came too late
  },
});

/** Text that is passed on as it is, once it can be read. */
function textOf(schema: v.GenericSchema): v.GenericSchema<string> {
  return v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      const result = v.safeParse(schema, dataset.value);
      if (!result.success) addIssue({ message: result.issues[0].message });
    }),
  );
}

function recipeOf(options: v.InferOutput<typeof Options>): Recipe {
  const { nodes, with: beside, limit, window, onRedisFailure, algorithm } = options;
  const flags = { limit, window, "on-redis-failure": onRedisFailure, algorithm };
  const given = Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [[flag, value]]));
  return rateLimiter({ nodes, prometheus: beside === "prometheus", settings: Object.fromEntries(given) });
}

async function report(deployment: Deployment, json: boolean): Promise<void> {
  const { id, subject } = deployment;
  const components = await deployment.components();
  if (json) return printJson({ name: id, subject, components });
  printText(...tableLines(components.map((component) => [component.id, component.address])));
}
