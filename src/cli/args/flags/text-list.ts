/** Flags that may be repeated: lists when typed, text with commas in the environment, either in the file. */

import * as v from "valibot";

/** Several words, from a list or from text with commas between them. */
export const TextList = v.union([
  v.array(v.string()),
  v.pipe(
    v.string(),
    v.transform((text) =>
      text
        .split(",")
        .map((word) => word.trim())
        .filter(Boolean),
    ),
  ),
]);
