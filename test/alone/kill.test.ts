/** A short look at what kills leave behind; `bun run prove kill` is the long one. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { proveKillShort } from "../prove/kill.ts";

setDefaultTimeout(120_000);

test("kills lose nothing that was acknowledged, repeat no effect, and touch nothing of others", async () => {
  const { held, figures } = await proveKillShort();

  expect(figures).toContain("0 problems");
  expect(held).toBe(true);
});
