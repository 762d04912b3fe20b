/** `operator logs`: what one component wrote. */

import * as v from "valibot";
import { InvalidInputError } from "../../../core/text/errors.ts";
import { Count } from "../../../core/text/units.ts";
import { type Deployment, instanceOf } from "../../../deployments/deployment.ts";
import { openDeployment } from "../../../deployments/mod.ts";
import { operatorHome } from "../../../io/files/home.ts";
import { command, type Runnable } from "../../args/command.ts";
import { printLine } from "../../args/output.ts";

/** Prints lines as they were written. */
export const logs: Runnable = command({
  name: "logs",
  args: {
    component: {
      type: "positional",
      required: true,
      description: "Which component, such as node/2",
      valueHint: "component",
    },
    follow: { type: "boolean", alias: "f", description: "Follow: print new lines as they are written" },
    lines: { type: "string", default: "1000", description: "Newest lines at most", valueHint: "count" },
    name: { type: "string", description: "Name of the instance, where several run", valueHint: "deployment" },
    home: { type: "string", description: "Folder of all state", valueHint: "folder" },
  },
  options: v.object({
    component: v.string(),
    follow: v.optional(v.boolean(), false),
    lines: Count,
    name: v.optional(v.string()),
    home: v.optional(v.string()),
  }),
  async run({ component, follow, lines, name, home }, { signal }) {
    const deployment = await openDeployment(operatorHome(home), name);
    const found = deployment.components.find(({ id }) => id === component);
    if (!found) throw unknownComponent(component, deployment);
    const of = instanceOf(deployment);
    if (!deployment.logs) throw new InvalidInputError(`Cannot show logs of "${deployment.id}": it keeps none`);
    for await (const line of deployment.logs(found.id, { follow, limit: lines, signal })) printLine(of, line);
  },
});

function unknownComponent(component: string, { components }: Deployment): InvalidInputError {
  const known = components.map(({ id }) => id).join(", ");
  return new InvalidInputError(`Cannot find component "${component}", expected one of ${known}`);
}
