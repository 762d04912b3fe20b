/** `operator down`: ends what `operator up` started. */

import * as v from "valibot";
import { InvalidInputError, messageOf, UsageError } from "../../../core/text/errors.ts";
import { titleOf } from "../../../core/words/instance.ts";
import { instanceOf } from "../../../deployments/deployment.ts";
import { endDeployment, findDeployment, surveyDeployments } from "../../../deployments/mod.ts";
import { operatorHome } from "../../../io/files/home.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT } from "../../args/exit-code.ts";

const Options = v.object({
  name: v.optional(v.string()),
  all: v.optional(v.boolean(), false),
  takeOver: v.optional(v.boolean(), false),
  home: v.optional(v.string()),
});

/** Ends every process of a deployment, and what an earlier one left. What is not there is down already. */
export const down: Runnable = command({
  name: "down",
  args: {
    name: { type: "string", description: "Name of the instance, where several run", valueHint: "deployment" },
    all: { type: "boolean", description: "Take down all instances" },
    "take-over": {
      type: "boolean",
      description: "Take over a deployment that another machine or container still holds",
    },
    home: { type: "string", description: "Folder of all state", valueHint: "folder" },
  },
  options: Options,
  async run({ home: flag, takeOver, ...choice }, { log }) {
    const home = operatorHome(flag);
    const { names, titleOf: called } = await chosen(home, choice);
    const ended = await Promise.allSettled(names.map((name) => endDeployment(home, name, { takeOver })));
    const what = choice.name === undefined ? "Nothing" : `No "${choice.name}"`;
    const down = names.filter((_, index) => ended[index]?.status === "fulfilled");
    if (down.length > 0) log.info(`Down: ${down.map(called).join(", ")}`);
    if (names.length === 0) log.info(`${what} runs in "${home}"`);
    const failures = ended.filter((result) => result.status === "rejected");
    for (const { reason } of failures) log.error(messageOf(reason));
    return failures.length > 0 ? EXIT.failed : EXIT.done;
  },
});

/** What is ended. */
interface Chosen {
  readonly names: readonly string[];
  /** How each is called in front of people. */
  readonly titleOf: (name: string) => string;
}

/** Names of those that are meant and that are there, running or not. */
async function chosen(
  home: string,
  { name, all }: Pick<v.InferOutput<typeof Options>, "name" | "all">,
): Promise<Chosen> {
  const { running, unusable } = await surveyDeployments(home);
  const titles = new Map(running.map((deployment) => [deployment.id, titleOf(instanceOf(deployment))]));
  const ending = (chosen: readonly string[]): Chosen => ({
    names: chosen,
    titleOf: (name) => titles.get(name) ?? name,
  });
  const there = [...running.map(({ id }) => id), ...unusable.map((one) => one.name)];
  const names = there.join(", ");
  if (name !== undefined) {
    if (there.includes(name) || (await findDeployment(home, name)).unusable) return ending([name]);
    if (there.length === 0) return ending([]);
    throw new InvalidInputError(`Cannot take "${name}" down: it is not running, expected one of ${names}`);
  }
  if (all || there.length <= 1) return ending(there);
  throw new UsageError(`Cannot choose a deployment: ${names} are there, expected --name or --all`);
}
