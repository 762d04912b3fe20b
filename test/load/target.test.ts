import { describe, expect, test } from "bun:test";
import { readTarget } from "../../src/load/target.ts";

describe("readTarget()", () => {
  test.each([
    ["http://127.0.0.1:8081", { host: "127.0.0.1", port: 8081, authority: "127.0.0.1:8081" }],
    ["127.0.0.1:8081", { host: "127.0.0.1", port: 8081, authority: "127.0.0.1:8081" }],
    ["http://localhost", { host: "localhost", port: 80, authority: "localhost:80" }],
    ["http://[::1]:90/", { host: "::1", port: 90, authority: "[::1]:90" }],
  ])("reads %s", (address, target) => {
    expect(readTarget(address)).toEqual(target);
  });

  test.each(["", "https://a:1", "http://a:1/check", "http://a:1?x=1", "http://u:p@a:1", "http://a:99999", "a:0", ","])(
    "refuses %p",
    (address) => {
      expect(() => readTarget(address)).toThrow(`Cannot send to "${address}", expected "http://host:port"`);
    },
  );
});
