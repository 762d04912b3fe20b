/** Reads the register of nodes that is kept in Redis, through whichever node answers first: all of them read the same. */

import { ProbeError } from "../../../core/text/errors.ts";
import { probe } from "../observation.ts";

/** What the nodes have told Redis of themselves. */
export const register = probe("register", {
  everyMs: 1000,
  timeoutMs: ({ timeoutMs }) => timeoutMs,
  async read({ nodes }, { signal }) {
    try {
      return await Promise.any(nodes.map((node) => node.register(signal)));
    } catch (error) {
      const cause = error instanceof AggregateError ? error.errors[0] : error;
      const { outcome, word } = cause instanceof ProbeError ? cause : {};
      throw new ProbeError("Cannot read the register of nodes: no node answers with it", {
        cause,
        ...(outcome && { outcome, word }),
      });
    }
  },
});
