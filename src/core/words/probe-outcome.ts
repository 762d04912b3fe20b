/** How a probe of one component ended. */

/** How the observer's own probe of a component went: nothing listens there, nothing came back in time, or a wrong answer. */
export type ProbeOutcome = "answered" | "refused" | "timed-out" | "failed";
