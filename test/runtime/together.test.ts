import { expect, test } from "bun:test";
import { together } from "../../src/runtime/together.ts";

test("together() ends all when one fails, and throws its error when they have ended", async () => {
  let ended = false;
  const waits = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        ended = true;
        resolve();
      });
    });

  const both = together(new AbortController().signal, [waits, () => Promise.reject(new Error("Lost"))]);

  await expect(both).rejects.toThrow("Lost");
  expect(ended).toBe(true);
});
