import { describe, expect, test } from "bun:test";
import { ProbeError } from "../../../src/core/text/errors.ts";
import { firstAnswer } from "../../../src/subjects/tikv/client/first-answer.ts";

describe("firstAnswer()", () => {
  const signal = AbortSignal.timeout(10_000);

  test("asks the next one as soon as one has failed, and gives up the others after an answer", async () => {
    const asked: number[] = [];
    const ends: AbortSignal[] = [];

    const answer = await firstAnswer(
      [
        async () => {
          asked.push(0);
          throw new ProbeError("refused");
        },
        async (within) => {
          asked.push(1);
          ends.push(within);
          return "second";
        },
        async () => {
          asked.push(2);
          return "third";
        },
      ],
      { lateAfterMs: 60_000, signal },
    );

    expect(answer).toBe("second");
    expect(asked).toEqual([0, 1]);
    expect(ends[0]?.aborted).toBe(true);
  });

  test("asks the next one beside one that is late", async () => {
    const late = Promise.withResolvers<string>();

    const answer = await firstAnswer([() => late.promise, async () => "second"], { lateAfterMs: 1, signal });

    expect(answer).toBe("second");
  });

  test("fails with all failures, in order, where nobody answers", async () => {
    const failing = ["a", "b"].map((why) => async () => {
      throw new ProbeError(why);
    });

    const failure = await firstAnswer(failing, { lateAfterMs: 1, signal }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(AggregateError);
    expect(failure instanceof AggregateError && failure.errors.map((error: unknown) => String(error))).toEqual([
      expect.stringContaining("a"),
      expect.stringContaining("b"),
    ]);
  });
});
