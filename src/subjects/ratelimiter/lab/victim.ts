/** Inputs that most faults share: which part is the victim, as it is written to the journal. */

import * as v from "valibot";
import { type ComponentId, isComponentId } from "../../../core/words/ids.ts";

/** The name of a part. */
export const PartId = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): ComponentId => {
    if (isComponentId(dataset.value)) return dataset.value;
    addIssue({ message: `Cannot use part "${dataset.value}", expected a name such as "node/2"` });
    return NEVER;
  }),
);

/** One part is the victim. */
export const Victim = v.object({ victim: PartId });
