/** `verdicts`: what every invariant says now, with its reason and figures. */

import * as v from "valibot";
import { defineQuery } from "../query.ts";
import { ComponentField, mostOf } from "./fields.ts";

/** Judgements of the newest look. */
export const verdicts = defineQuery({
  name: "verdicts",
  description: "What the invariants say now: verdict, reason, summary and figures of each entity.",
  input: v.object({
    component: v.optional(ComponentField),
    invariant: v.optional(v.string()),
    verdict: v.optional(v.picklist(["holds", "violated", "unknown"])),
    most: mostOf(100, 1000),
  }),
  answer({ component, invariant, verdict, most }, { evidence }) {
    const all = evidence.now.judgements.filter(
      (said) =>
        (component === undefined || said.on === component) &&
        (invariant === undefined || said.invariant === invariant) &&
        (verdict === undefined || said.verdict === verdict),
    );
    const violated = all.filter((said) => said.verdict === "violated").length;
    return { summary: `${all.length} judgements, ${violated} of them violated`, value: all.slice(0, most) };
  },
});
