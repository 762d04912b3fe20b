/** A short look at a healthy limiter; `bun run prove healthy` is the long one. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { proveHealthy } from "../prove/healthy.ts";

setDefaultTimeout(120_000);

test("half a minute of bursts files no ticket, and no key is allowed more than its limit", async () => {
  const { held, figures } = await proveHealthy("30s");

  expect(figures).toContain("| holds | 0 |");
  expect(held).toBe(true);
});
