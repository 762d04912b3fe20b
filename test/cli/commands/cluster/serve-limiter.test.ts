import { expect, test } from "bun:test";
import { serveLimiter } from "../../../../src/cli/commands/cluster/serve-limiter.ts";
import { UsageError } from "../../../../src/core/text/errors.ts";

test.each([
  [
    ["--host", "0.0.0.0"],
    'Cannot use --host: other machines can reach "0.0.0.0" and change every limit without a token, ' +
      "expected --token-file or --token, or --insecure to serve without one",
  ],
  [
    ["--host", "0.0.0.0", "--no-per-call-rules"],
    expect.stringContaining("expected --token-file or --token, or --insecure"),
  ],
  [["--host", "0.0.0.0", "--insecure", "--max-limit", "0"], expect.stringContaining("Cannot use --max-limit: ")],
  [["--max-window", "32d"], expect.stringContaining("Cannot use --max-window: ")],
  [["--max-cost", "2M"], expect.stringContaining("Cannot use --max-cost: ")],
  [["--max-connections", "0"], expect.stringContaining("Cannot use --max-connections: ")],
  [["--allowed-hosts", "http://a"], expect.stringContaining("Cannot use --allowed-hosts: ")],
])("serve-limiter %p refuses to start and names the flag", async (flags, message) => {
  const starting = serveLimiter.run(["--node", "1", "--port", "0", ...flags], []);

  await expect(starting).rejects.toThrow(UsageError);
  await expect(starting).rejects.toMatchObject({ message });
});
