/** Reads the register of nodes in Redis through the first node that answers: all nodes read the same. */

import { ProbeError } from "../../../core/text/errors.ts";
import { probe } from "../observation.ts";
import { withSeconds } from "./second-processes.ts";

/** The registered nodes. */
export const register = probe("register", {
  everyMs: 1000,
  timeoutMs: ({ timeoutMs }) => timeoutMs,
  async read({ nodes }, { signal, previous, atMs }) {
    try {
      return withSeconds(await Promise.any(nodes.map((node) => node.register(signal))), previous, atMs);
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
