/** `changed`: something that a component went through since before the trouble. */

import * as v from "valibot";
import { formatIso } from "../../text/units.ts";
import { IdText } from "../../words/ids.ts";
import { componentIn, fieldOf } from "./component.ts";
import { decided, defineClaim, unknown } from "./kind.ts";

const PATHS = {
  "went-down": "state",
  restarted: "startedAtMs",
  reconfigured: "configHash",
  upgraded: "version",
} as const;

/** It is stored history, which never lasts. */
export const changed = defineClaim({
  schema: v.object({
    kind: v.literal("changed"),
    component: IdText,
    change: v.picklist(["went-down", "restarted", "reconfigured", "upgraded"]),
  }),
  evaluate({ component, change }, { now, before, timeline }) {
    const sinceMs = before?.picture.atMs ?? Number.NEGATIVE_INFINITY;
    const event = timeline.find((entry) => entry.of === component && entry.event === change && entry.atMs > sinceMs);
    if (event) return decided(true, `${event.summary} at ${formatIso(event.atMs)}`);
    const [earlier, later] = [before && componentIn(before, component), componentIn(now, component)];
    if (!earlier || !later) return unknown(`${component} was not seen both before and now`);
    const path = PATHS[change];
    const [was, is] = [fieldOf(earlier, path), fieldOf(later, path)];
    if (was === undefined || is === undefined) return unknown(`${component} shows no ${path} before or now`);
    const figure = `${component} ${path} was ${JSON.stringify(was)}, is ${JSON.stringify(is)}`;
    if (path !== "state") return decided(was !== is, figure);
    return is === "unknown" ? unknown(figure) : decided(was !== "down" && is === "down", figure);
  },
  persists: () => false,
  words: ({ component, change }) => `${component} ${change}`,
});
