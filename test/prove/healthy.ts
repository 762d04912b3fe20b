/** A healthy limiter under traffic with bursts files no ticket, and no key is allowed more than its limit. */

import * as v from "valibot";
import type { Proof } from "./mod.ts";
import { startOperator } from "./operator.ts";

const Report = v.object({
  requests: v.number(),
  failed: v.number(),
  degraded: v.number(),
  check: v.object({ verdict: v.string() }),
});

/** Watches for that long, with the default interval and graces. */
export async function proveHealthy(length = "30m"): Promise<Proof> {
  await using operator = await startOperator({ window: "10s" });
  operator.start("watch", "--json");
  const bursts = "--pattern burst --rate 300/s --factor 5 --every 10s --burst-for 1s --keys 20 --check --json";
  const load = await operator.run("load", "--for", length, ...bursts.split(" "));
  const report = v.parse(v.pipe(v.string(), v.parseJson(), Report), load.stdout.trim().split("\n").at(-1));
  const tickets = (await operator.run("tickets", "list", "--all", "--json")).stdout.trim().split("\n").filter(Boolean);
  const { requests, failed, degraded, check } = report;
  const figures = [
    "| length | checks | failed | decided without Redis | limits, as the clients saw them | tickets |\n|---|---|---|---|---|---|",
    `| ${length} | ${requests} | ${failed} | ${degraded} | ${check.verdict} | ${tickets.length} |`,
    ...tickets,
  ].join("\n");
  return { held: tickets.length === 0 && load.code === 0, figures };
}
