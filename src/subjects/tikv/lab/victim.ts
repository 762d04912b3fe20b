/** Inputs that most faults share: which component is the victim, as it is written to the journal. */

import * as v from "valibot";
import { isComponentId } from "../../../core/words/ids.ts";

/** The id of a component. */
export const ComponentName = v.pipe(
  v.string(),
  v.guard(isComponentId, 'Cannot use component, expected a name such as "store/4"'),
);

/** One component is the victim. */
export const Victim = v.object({ victim: ComponentName });
