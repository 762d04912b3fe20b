import { expect, test } from "bun:test";
import { messageOf, ProbeError } from "../../../src/core/text/errors.ts";
import { failureOf } from "../../../src/subjects/tikv/client/pd-failure.ts";

const ASKED = { addresses: ["a:2379", "b:2379", "c:2379"], path: "/stores" };
const refused = new ProbeError("refused", { outcome: "refused", word: "ECONNREFUSED" });
const late = new ProbeError("late", { outcome: "timed-out" });

test("failureOf() names silent members by why each is silent", () => {
  expect(messageOf(failureOf([refused, late, refused], ASKED))).toBe(
    "Cannot reach any member of PD: connection refused (a:2379, c:2379); no answer in time (b:2379)",
  );
});

test("failureOf() prefers an answer to silence, and keeps one that it does not know as it is", () => {
  const denied = new ProbeError("status 401", { outcome: "refused-access", word: "401" });
  const foreign = new ProbeError("no JSON", { outcome: "foreign-answer" });

  expect(failureOf([refused, denied, late], ASKED)).toBe(denied);
  expect(failureOf([foreign, refused, late], ASKED)).toBe(foreign);
  expect(failureOf([refused, foreign, late], ASKED)).toBe(foreign);
});

test("failureOf() does not call it silence that an answer could not be used, or that one call was late", () => {
  const unknown = new ProbeError("no reason known");

  expect(failureOf([unknown, refused], ASKED)).toBe(unknown);
  expect(messageOf(failureOf([late, late, late], ASKED))).toBe(
    "Cannot read /stores from any member of PD: no answer in time (a:2379, b:2379, c:2379)",
  );
});

test.each([
  ["[PD:apiutil:ErrRedirect]redirect failed", "the leader of PD does not answer its other members (500 ErrRedirect)"],
  ["[PD:apiutil:ErrRedirectNoLeader]redirect finds no leader", "PD has no leader (500 ErrRedirectNoLeader)"],
  ["[PD:server:ErrLeaderNil]leader is nil", "PD has no leader (500 ErrLeaderNil)"],
])("failureOf() says plainly what PD answers for the whole cluster: %s", (body, said) => {
  const answer = new ProbeError(`status 500: ${body}`, { outcome: "server-error", word: "500" });

  expect(failureOf([answer], ASKED)).toMatchObject({
    message: `Cannot read PD: ${said}`,
    outcome: "server-error",
    word: "500",
  });
});
