/** `components`: what the system is made of, how each part is, and what depends on what. */

import * as v from "valibot";
import { defineQuery } from "../query.ts";
import { ComponentField } from "./fields.ts";

/** Components with their processes, links, groups and inspections. */
export const components = defineQuery({
  name: "components",
  description: "Components with state, process, version and labels; their links both ways, groups and inspections.",
  input: v.object({ component: v.optional(ComponentField) }),
  answer({ component }, { case: given, evidence, sources }) {
    const { picture } = evidence.now;
    const chosen = picture.components.filter(({ id }) => component === undefined || id === component);
    const value = chosen.map((part) => ({
      ...part,
      links: picture.links.filter(({ from, to }) => from === part.id || to === part.id),
      groups: given.topology.groups.filter(({ members }) => members.includes(part.id)),
      isExpected: given.topology.components.some(({ id }) => id === part.id),
      series: picture.series
        .filter((one) => one.component === part.id)
        .map(({ name, unit, value: figure }) => ({ name, unit, value: figure })),
      inspections: sources.inspections(part.id),
    }));
    const down = chosen.filter(({ state }) => state === "down").length;
    return { summary: `${chosen.length} components, ${down} of them down`, value };
  },
});
