/** `look`: a fresh look at the system, on which claims are weighed from then on. */

import * as v from "valibot";
import { structureEvents } from "../../../core/system/timeline.ts";
import { defineQuery } from "../query.ts";

/** Looks again, and says what is other than at the look before. */
export const look = defineQuery({
  name: "look",
  description: "Takes a fresh look at the system and says what has changed since the look before.",
  input: v.object({}),
  async answer(_, { sources, evidence, signal }) {
    const now = await sources.look(signal);
    const before = new Map(evidence.now.judgements.map((said) => [`${said.invariant} ${said.entity}`, said.verdict]));
    const turned = now.judgements.filter((said) => before.get(`${said.invariant} ${said.entity}`) !== said.verdict);
    const events = structureEvents(evidence.now.picture, now.picture).map(({ summary }) => summary);
    const down = now.picture.components.filter(({ state }) => state === "down").map(({ id }) => id);
    const verdicts = turned.map(({ invariant, entity, verdict, reason, summary }) => {
      return { invariant, entity, verdict, reason, summary };
    });
    const summary = `${events.length} changes of components and links, ${turned.length} of verdicts`;
    return { summary, value: { events, verdicts, down }, look: now };
  },
});
