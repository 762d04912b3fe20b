import { expect, test } from "bun:test";
import { renderSubject } from "../../src/render/subject.ts";

const SUBJECT = {
  id: "lamps",
  description: "Lamps in a hall.",
  endpoints: [
    { name: "mains", value: "10.0.0.1", origin: "a file" },
    { name: "switch", value: "-", origin: "not set" },
  ],
  invariants: [
    {
      id: "lit",
      severity: "critical",
      rationale: "Nobody sees in the dark.",
      grace: { value: 15_000, origin: "default" },
      thresholds: [{ name: "lampsAtLeast", value: 2, origin: "a flag", description: "Fewest lamps" }],
    },
  ],
  waysToSetEndpoints: ["Set by hand."],
  waysToSetLimits: ["Graces by hand, too."],
} as const;

test("renderSubject() shows every setting with the place it came from", () => {
  expect(renderSubject(SUBJECT)).toEqual([
    "SUBJECT lamps",
    "",
    "  Lamps in a hall.",
    "",
    "ENDPOINTS",
    "",
    "  mains   10.0.0.1  a file",
    "  switch  -         not set",
    "",
    "  Set by hand.",
    "",
    "INVARIANTS",
    "",
    "  lit (critical): Nobody sees in the dark.",
    "    grace         15s  default",
    "    lampsAtLeast  2    a flag: Fewest lamps",
    "",
    "  Graces by hand, too.",
  ]);
});

test("renderSubject() says why nothing is known of where a subject is", () => {
  expect(renderSubject({ ...SUBJECT, endpoints: "It is nowhere" })).toContain("  It is nowhere");
});
