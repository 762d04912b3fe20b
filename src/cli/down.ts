/** `operator down`: ends what `operator up` started. */

import * as v from "valibot";
import { InvalidInputError, UsageError } from "../core/errors.ts";
import type { Deployment } from "../deployments/deployment.ts";
import { listDeployments } from "../deployments/local/open.ts";
import { operatorHome } from "../io/home.ts";
import { command, type Runnable } from "./command.ts";

const Options = v.object({
  name: v.optional(v.string()),
  all: v.optional(v.boolean(), false),
  home: v.optional(v.string()),
});

/** Ends every process of a deployment, and what an earlier one left. What is not there is down already. */
export const down: Runnable = command({
  name: "down",
  description: "Take a deployment of this machine down",
  args: {
    name: { type: "string", description: "Name of the instance, where several run", valueHint: "deployment" },
    all: { type: "boolean", description: "Take down every instance" },
    home: { type: "string", description: "Folder of all state", valueHint: "folder" },
  },
  options: Options,
  async run({ home: flag, ...choice }, { log }) {
    const home = operatorHome(flag);
    const chosen = choose(await listDeployments(home), choice);
    await Promise.all(chosen.map((deployment) => deployment.down()));
    const what = choice.name === undefined ? "Nothing" : `No "${choice.name}"`;
    log.info(chosen.length > 0 ? `Down: ${chosen.map(({ id }) => id).join(", ")}` : `${what} runs in "${home}"`);
  },
});

function choose(
  running: readonly Deployment[],
  { name, all }: Pick<v.InferOutput<typeof Options>, "name" | "all">,
): readonly Deployment[] {
  const names = running.map(({ id }) => id).join(", ");
  if (name !== undefined) {
    const named = running.filter(({ id }) => id === name);
    if (named.length > 0 || running.length === 0) return named;
    throw new InvalidInputError(`Cannot take "${name}" down: it is not running, expected one of ${names}`);
  }
  if (all || running.length <= 1) return running;
  throw new UsageError(`Cannot choose a deployment: ${names} are running, expected --name or --all`);
}
