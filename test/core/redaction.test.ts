import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { REDACTED, redactJson, redactText } from "../../src/core/redaction.ts";

const HIDDEN: readonly (readonly [before: string, after: string])[] = [
  ["redis://default:hunter2@10.0.0.1:6379/0", `redis://default:${REDACTED}@10.0.0.1:6379/0`],
  ["redis://:hunter2@10.0.0.1", `redis://:${REDACTED}@10.0.0.1`],
  ["Authorization: Bearer abcdef123456", `Authorization: ${REDACTED}`],
  ["sent Bearer abcdef123456 twice", `sent Bearer ${REDACTED} twice`],
  ["x-api-key: sk-abc", `x-api-key: ${REDACTED}`],
  ["REDIS_PASSWORD=hunter2 NODE=2", `REDIS_PASSWORD=${REDACTED} NODE=2`],
  ["AWS_SECRET_ACCESS_KEY=abc/def+g", `AWS_SECRET_ACCESS_KEY=${REDACTED}`],
  ["GET /metrics?token=abc&name=x", `GET /metrics?token=${REDACTED}&name=x`],
  ['{"password": "hun ter", "user": "ada"}', `{"password": "${REDACTED}", "user": "ada"}`],
  ['{"apiKey":"abc"}', `{"apiKey":"${REDACTED}"}`],
  ["run --password hunter2 --host a", `run --password ${REDACTED} --host a`],
  ["requirepass hunter2", `requirepass ${REDACTED}`],
  ["Cookie: session=abc", `Cookie: ${REDACTED}`],
  [`key is sk-${"a1".repeat(12)} here`, `key is ${REDACTED} here`],
  ["jwt eyJhbGciOi.eyJzdWIiOi.abc_def-1", `jwt ${REDACTED}`],
  ["-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", REDACTED],
  ["-----BEGIN PRIVATE KEY-----\nabc that is cut off", REDACTED],
];

for (const [before, after] of HIDDEN) {
  test(`redactText() hides the secret in ${JSON.stringify(before.slice(0, 40))}`, () => {
    expect(redactText(before)).toBe(after);
  });
}

const SHOWN = [
  "key=user:7 count=12",
  'POST /check {"key":"user:7","cost":1}',
  "reset-counter key user:7",
  "tokens=5 max_tokens: 1000",
  "primary_key=id hot-key monkey=1",
  "http://127.0.0.1:8080/path?key=a",
  "author: ada, passed=3, basic checks",
  "redis://127.0.0.1:6379",
];

for (const text of SHOWN) {
  test(`redactText() leaves ${JSON.stringify(text)} as it is`, () => {
    expect(redactText(text)).toBe(text);
  });
}

test("redactJson() hides what is named like a secret and redacts text, whatever the depth", () => {
  const value = {
    key: "user:7",
    tokens: 5,
    auth_token: "abc",
    nested: [{ clientSecret: "x", note: "password=y" }, null, 3, true],
    credentials: { user: "a", pass: "b" },
    when: new Date(0),
  };

  expect(redactJson(value)).toEqual({
    key: "user:7",
    tokens: 5,
    auth_token: REDACTED,
    nested: [{ clientSecret: REDACTED, note: `password=${REDACTED}` }, null, 3, true],
    credentials: REDACTED,
    when: "1970-01-01T00:00:00.000Z",
  });
});

test("redactText() changes nothing a second time", () => {
  const piece = fc.constantFrom(
    "password",
    "=",
    ": ",
    "abc",
    "--token ",
    '"',
    "https://a:b@c/",
    "Bearer xyzxyz1",
    "\n",
    "key",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const once = redactText(pieces.join(""));

      expect(redactText(once)).toBe(once);
    }),
  );
});

test("redactText() is done soon with a megabyte that nearly matches everywhere", () => {
  const text = `key ${"a.".repeat(300_000)} ${"x_".repeat(100_000)}`;

  expect(redactText(text)).toBe(text);
});
