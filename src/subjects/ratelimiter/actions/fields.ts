/** Input fields that actions share. */

import * as v from "valibot";

/** A limiter key. */
export const Key = v.pipe(v.string(), v.minLength(1), v.maxLength(256), v.description("The key as clients send it."));

/** The number of a node. */
export const NodeId = v.pipe(
  v.string(),
  v.regex(/^\d+$/, "Cannot use node, expected the number of a node"),
  v.description('Number of the node, for instance "2".'),
);

/** Units per window. */
export const Limit = v.pipe(v.number(), v.integer(), v.minValue(1), v.description("Units per window."));

/** Milliseconds of a window. */
export const WindowMs = v.pipe(v.number(), v.integer(), v.minValue(1), v.description("Window in milliseconds."));
