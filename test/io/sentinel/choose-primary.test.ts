import { expect, test } from "bun:test";
import { choosePrimary, isAgreed, type SentinelAnswer } from "../../../src/io/sentinel/choose-primary.ts";

/** What one says: a primary by its host, the epoch, and `*` for one that was learned from another. */
function answer(text: string): SentinelAnswer {
  const [host = "", epoch = ""] = text.replace("*", "").split("@");
  return { primary: { host, port: 6379 }, epoch: Number(epoch), isListed: !text.endsWith("*") };
}

test.each<readonly [string, string | undefined, readonly string[], string | undefined]>([
  ["nobody answers and none is known", undefined, [], undefined],
  ["nobody answers", "a@1", [], "a@1"],
  ["all agree", undefined, ["a@1", "a@1", "a@1"], "a@1"],
  ["they disagree in one epoch", undefined, ["b@1", "a@1", "a@1"], "a@1"],
  ["they disagree in the epoch of the known one", "b@1", ["b@1", "a@1", "a@1"], "b@1"],
  ["one has failed over", "a@1", ["a@1", "b@2", "a@1"], "b@2"],
  ["one that was learned has failed over", "a@1", ["a@1", "b@2*"], "b@2"],
  ["one was cut off", "b@2", ["a@1", "b@2"], "b@2"],
  ["only the one that was cut off answers", "b@2", ["a@1"], "b@2"],
  ["most were cut off, or set up anew", "b@2", ["a@0", "a@0"], "a@0"],
  ["of those set up anew more were learned than are listed", "b@2", ["a@0", "a@0*", "a@0*"], "b@2"],
])("choosePrimary() where %s", (_when, known, answers, chosen) => {
  const toKnown = (text: string | undefined) =>
    text === undefined ? undefined : { primary: answer(text).primary, epoch: answer(text).epoch };

  expect(choosePrimary(answers.map(answer), { known: toKnown(known), listed: 3 })).toEqual(toKnown(chosen));
});

test.each<readonly [readonly string[], boolean]>([
  [["a@1"], false],
  [["a@1", "a@1"], true],
  [["a@1", "b@1", "a@2"], false],
  [["a@1", "a@1*"], true],
])("isAgreed() of three says of %p %p", (answers, agreed) => {
  expect(isAgreed(answers.map(answer), 3)).toBe(agreed);
});
