import { expect, test } from "bun:test";
import { nextStep, type Standing } from "../../../src/render/records/next-step.ts";

const INCIDENT = { id: 3, instance: 1, state: "diagnosed", title: "Dark", beganAtMs: 0, openedAtMs: 0 } as const;
const CAUSE = {
  component: "lamp/2",
  mechanism: "crash",
  summary: "It burst",
  claims: [],
  verdict: "confirmed",
} as const;
const FIX = { action: "replace", input: { lamp: "lamp/2" }, risk: "reversible", expectedEffect: "Light" } as const;
const RUN = {
  id: 7,
  instance: 1,
  origin: { kind: "incident", incident: 3, cause: CAUSE },
  action: "replace",
  input: { lamp: "lamp/2" },
  risk: "reversible",
  preview: { sends: "", expectedEffect: "", entities: [], stops: [] },
  digest: "",
  state: "pending",
  reason: "",
  proposedAtMs: 0,
  proposedBy: "agent/a",
} as const;
const VIEW = { run: RUN, instance: { id: 1, subject: "lamps", name: "hall" } };
const advice = "Approve with: operator actions approve 7";

test.each([
  ["of one that is resolved", { state: "resolved" }, {}, undefined],
  ["of one that is linked", { linkedTo: 1 }, {}, "See incident 1, which has the same cause: operator incidents show 1"],
  [
    "while an action is verified",
    {},
    { actions: [{ ...VIEW, run: { ...RUN, state: "verifying" } }] },
    "Wait: action 7 (replace lamp=lamp/2) is verifying",
  ],
  ["where an action waits for a person", {}, { actions: [{ ...VIEW, advice }] }, `replace lamp=lamp/2. ${advice}`],
  [
    "where an action waits for something else",
    {},
    { actions: [{ ...VIEW, waits: "waits for action 6" }] },
    "Wait: action 7 waits for action 6",
  ],
  ["under investigation", { state: "investigating" }, {}, "Wait: the investigation is under way"],
  [
    "with a cause that is over, and a fix of it",
    { state: "escalated" },
    { diagnosis: { cause: CAUSE, suggestions: [FIX] }, isOver: true, tickets: [{ id: 5 }] },
    "The cause is over. Read what is left of it with: operator tickets show 5",
  ],
  ["before a diagnosis", { state: "open" }, {}, "Find the cause with: operator agent"],
  [
    "without a cause",
    {},
    { diagnosis: { suggestions: [] }, tickets: [{ id: 5 }] },
    "Read what was seen with: operator tickets show 5",
  ],
  [
    "with a fix that is refused while everything is halted",
    {},
    { diagnosis: { cause: CAUSE, suggestions: [FIX] }, halted: true },
    "Lift the halt with: operator resume",
  ],
  [
    "with a fix",
    {},
    { diagnosis: { cause: CAUSE, suggestions: [FIX] } },
    "Propose the fix with: operator actions propose replace lamp=lamp/2",
  ],
  [
    "without a fix",
    {},
    { diagnosis: { cause: CAUSE, suggestions: [] } },
    'No known action fixes this. Record a manual fix with: operator incidents note 3 "what was done"',
  ],
] as const)("nextStep() %s", (_, incident, about, words) => {
  const standing: Standing = { actions: [], ...about, incident: { ...INCIDENT, ...incident } };

  expect(nextStep(standing)).toBe(words);
});
