import { describe, expect, test } from "bun:test";
import { unreached } from "../../../src/core/subject/reachability.ts";

const lamp = { component: "lamp/1", address: "127.0.0.1:7001" } as const;
const nobody = { displaced: new Map() };

describe("unreached()", () => {
  test("has nothing to say of a component that answers as itself", () => {
    expect(unreached({ ...lamp, failure: undefined }, nobody)).toBeUndefined();
  });

  test("takes the reason from how the probe went, and the system's own word with it", () => {
    const failure = { failed: "status 401", outcome: "refused-access", word: "401" } as const;

    expect(unreached({ ...lamp, failure }, nobody)).toEqual({
      verdict: "violated",
      reason: "refused-access",
      word: "401",
      summary: "lamp/1 at 127.0.0.1:7001: access refused (401)",
      evidence: { address: "127.0.0.1:7001", probe: "refused-access", word: "401", detail: "status 401" },
    });
  });

  test.each([
    ["ENOTFOUND", "host name not found (ENOTFOUND)"],
    ["EHOSTUNREACH", "no route to host (EHOSTUNREACH)"],
  ])("tells a name that is not known from a way that is not there: %s", (word, said) => {
    const failure = { failed: "no complete answer", outcome: "unreachable", word } as const;

    expect(unreached({ ...lamp, failure }, nobody)?.summary).toBe(`lamp/1 at 127.0.0.1:7001: ${said}`);
  });

  test.each(["incomplete-answer", "server-error", "foreign-answer"] as const)(
    "shows what came back with %s",
    (outcome) => {
      const said = unreached({ ...lamp, failure: { failed: 'it begins with "<html>"', outcome } }, nobody);

      expect(said?.summary).toEndWith(': it begins with "<html>"');
    },
  );

  test.each([undefined, { failed: "no complete answer within 1s", outcome: "timed-out" } as const])(
    "knows who answers better than the answer: %p",
    (failure) => {
      const displaced = new Map([["lamp/1", "its own process is exited"] as const]);

      const said = unreached({ ...lamp, failure }, { displaced });

      expect(said).toMatchObject({ verdict: "violated", reason: "wrong-identity" });
      expect(said?.summary).toStartWith("lamp/1 at 127.0.0.1:7001: another process answers there: its own process");
    },
  );
});
