import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { messageOf } from "../../../src/core/text/errors.ts";

test("messageOf() says causes, too, and the name of what has no message", () => {
  expect(messageOf(new Error("Cannot read", { cause: new TypeError("") }))).toBe("Cannot read: TypeError");
  expect(messageOf("plain")).toBe("plain");
});

test("messageOf() says what the system says with its word, and nothing of the call", () => {
  const error = caught(() => mkdirSync("/dev/null/a"));

  expect(messageOf(error)).toBe('Cannot use "/dev/null/a": not a directory (ENOTDIR)');
  expect(messageOf(new Error('Cannot create "/dev/null/a"', { cause: error }))).toBe(
    'Cannot create "/dev/null/a": not a directory (ENOTDIR)',
  );
});

test("messageOf() says of an address in use no more than that", async () => {
  using first = Bun.serve({ port: 0, fetch: () => new Response() });
  const again = caught(() => Bun.serve({ port: first.port ?? 0, fetch: () => new Response() }));

  expect(messageOf(new Error("Cannot listen", { cause: again }))).toBe(
    "Cannot listen: the address is in use (EADDRINUSE)",
  );
});

test("messageOf() takes no address of the network for a file", () => {
  const failure = {
    code: "ENOTFOUND",
    syscall: "getaddrinfo",
    hostname: "a.invalid",
    path: "http://a.invalid/?token=s3",
  };
  const error = Object.assign(new Error("getaddrinfo ENOTFOUND a.invalid"), failure);

  expect(messageOf(error)).toBe("getaddrinfo ENOTFOUND a.invalid");
});

test("messageOf() leaves words of others as they are", () => {
  const error = Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:80"), { code: "ECONNREFUSED" });

  expect(messageOf(error)).toBe("connect ECONNREFUSED 10.0.0.1:80");
});

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown");
}
