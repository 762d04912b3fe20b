/** `inspect`: one named read of one component, now or as it was frozen when the tickets opened. */

import * as v from "valibot";
import { defineQuery } from "../query.ts";
import { ComponentField } from "./fields.ts";

/** An inspection that the subject or its deployment offers. */
export const inspect = defineQuery({
  name: "inspect",
  description: "Reads one inspection of a component, with what changed since all was well; `components` lists them.",
  input: v.object({
    component: ComponentField,
    inspection: v.pipe(v.string(), v.description("Name of an inspection of that component.")),
    frozen: v.pipe(v.optional(v.boolean(), false), v.description("As it was when the tickets opened.")),
  }),
  async answer({ component, inspection, frozen }, { case: given, sources, signal }) {
    const earlier = given.inspections.find((one) => one.component === component && one.id === inspection);
    const shown = (frozen && earlier) || (await sources.inspect(component, inspection, signal));
    const how = shown.failed === undefined ? "" : `: ${shown.failed}`;
    return { summary: `${inspection} of ${component}${how}`, value: shown, inspected: [shown] };
  },
});
