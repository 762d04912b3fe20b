/** What a value may be, as far as it can be known: by the words of its flag, or by what is there now. */

import type { ArgDef } from "citty";
import { listDeployments } from "../../deployments/mod.ts";
import { operatorHome } from "../../io/files/home.ts";
import { labIds, loadLab } from "../../runtime/subjects/labs.ts";
import { subjectIds } from "../../runtime/subjects/subjects.ts";

/** By the hint of a value, those that have to be looked for. */
const FOUND: ReadonlyMap<string, () => Promise<readonly string[]>> = new Map([
  ["subject", async () => subjectIds()],
  ["lab", async () => labIds()],
  ["deployment", async () => (await listDeployments(operatorHome())).map(({ id }) => id)],
  [
    "component",
    async () => (await listDeployments(operatorHome())).flatMap(({ components }) => components.map(({ id }) => id)),
  ],
  ["fault", faults],
]);

/** `undefined` where it may be anything. */
export async function choicesOf(def: ArgDef): Promise<readonly string[] | undefined> {
  if (def.type === "enum") return def.options;
  const hint = def.valueHint ?? "";
  const listed = def.type === "positional" && hint !== "" ? hint.split("|") : undefined;
  return (await FOUND.get(hint)?.()) ?? listed;
}

async function faults(): Promise<readonly string[]> {
  const loaded = await Promise.all(labIds().map(loadLab));
  return loaded.flatMap((lab) => lab.faults.map(({ id }) => id));
}
