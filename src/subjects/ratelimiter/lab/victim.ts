/** Inputs that most faults share: the victim, as written to the journal. */

import * as v from "valibot";
import { type ComponentId, isComponentId } from "../../../core/words/ids.ts";

/** The id of a component. */
export const ComponentName = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): ComponentId => {
    if (isComponentId(dataset.value)) return dataset.value;
    addIssue({ message: `Cannot use component "${dataset.value}", expected a name such as "node/2"` });
    return NEVER;
  }),
);

/** Input with one victim. */
export const Victim = v.object({ victim: ComponentName });
