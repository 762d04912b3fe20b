/** `operator down`: ends what `operator up` started. */

import * as v from "valibot";
import { InvalidInputError, messageOf, UsageError } from "../../../core/text/errors.ts";
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
    const names = await chosen(home, choice);
    const ended = await Promise.allSettled(names.map((name) => endDeployment(home, name, { takeOver })));
    const what = choice.name === undefined ? "Nothing" : `No "${choice.name}"`;
    const down = names.filter((_, index) => ended[index]?.status === "fulfilled");
    if (down.length > 0) log.info(`Down: ${down.join(", ")}`);
    if (names.length === 0) log.info(`${what} runs in "${home}"`);
    const failures = ended.filter((result) => result.status === "rejected");
    for (const { reason } of failures) log.error(messageOf(reason));
    return failures.length > 0 ? EXIT.failed : EXIT.done;
  },
});

/** Names of those that are meant and that are there, running or not. */
async function chosen(
  home: string,
  { name, all }: Pick<v.InferOutput<typeof Options>, "name" | "all">,
): Promise<readonly string[]> {
  const { running, unusable } = await surveyDeployments(home);
  const there = [...running.map(({ id }) => id), ...unusable.map((one) => one.name)];
  const names = there.join(", ");
  if (name !== undefined) {
    if (there.includes(name) || (await findDeployment(home, name)).unusable) return [name];
    if (there.length === 0) return [];
    throw new InvalidInputError(`Cannot take "${name}" down: it is not running, expected one of ${names}`);
  }
  if (all || there.length <= 1) return there;
  throw new UsageError(`Cannot choose a deployment: ${names} are there, expected --name or --all`);
}
