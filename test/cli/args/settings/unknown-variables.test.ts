import { expect, test } from "bun:test";
import { unknownVariables } from "../../../../src/cli/args/settings/unknown-variables.ts";

const known = { prefix: "RATELIMITER_", names: new Set(["RATELIMITER_LIMIT", "RATELIMITER_TOKEN_FILE"]) };

test("unknownVariables() names each variable of the prefix that sets nothing, with what may have been meant, and no value", () => {
  const environment = {
    RATELIMITER_LIMIT: "5",
    RATELIMITER_TOKEN_FIEL: "secret",
    RATELIMITER_LIMTI: "7",
    RATELIMITER_OTHER_THINGS: "x",
    OPERATOR_LIMTI: "9",
    PATH: "/bin",
  };

  expect(unknownVariables(environment, known)).toEqual([
    'Variable RATELIMITER_LIMTI is ignored: no such setting, did you mean "RATELIMITER_LIMIT"',
    "Variable RATELIMITER_OTHER_THINGS is ignored: no such setting",
    'Variable RATELIMITER_TOKEN_FIEL is ignored: no such setting, did you mean "RATELIMITER_TOKEN_FILE"',
  ]);
});
