/** A node in a process of its own, which ends with its standard input; told so, it blocks its own event loop again and again. */

import { startService } from "../services.ts";

const [redis, blockMs, everyMs] = process.argv.slice(2);
const { service } = await startService({ flags: { node: 1, redis, limit: 1_000_000 } });
process.stdout.write(`${service.url}\n`);
if (blockMs !== undefined && everyMs !== undefined) setInterval(() => block(Number(blockMs)), Number(everyMs));
process.stdin.on("close", () => process.exit());
process.stdin.resume();

function block(forMs: number): void {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
}
