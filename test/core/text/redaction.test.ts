import { expect, test } from "bun:test";
import { Glob } from "bun";
import * as fc from "fast-check";
import { lineRedactor, REDACTED, redactJson, redactText } from "../../../src/core/text/redaction.ts";
import { CASELESS, FORMS, KEY_BEGIN, KEY_END, LETTERS_ONLY, PLACES, PLAIN, VALUES } from "./redaction-corpus.ts";

/** What is left of a secret is none of its words, nor its beginning. */
function leaks(clean: string, secret: string): boolean {
  return secret.split(" ").some((word) => word.length > 3 && clean.includes(word)) || clean.includes(secret);
}

test("redactText() finds the secret in every form of the corpus, and changes nothing a second time", () => {
  const missed = FORMS.filter(({ secret, text }) => leaks(redactText(text), secret));
  const unstable = FORMS.filter(({ text }) => redactText(redactText(text)) !== redactText(text));

  expect(FORMS.length).toBeGreaterThan(150);
  expect([missed, unstable]).toEqual([[], []]);
});

/** Forms that show only at the beginning of a line, or of which a quote in JSON is a part. */
const ALONE = new Set(["-a of redis-cli without its name"]);

test("redactText() finds the secret in every form of the corpus within JSON, and within JSON within JSON", () => {
  const once = (text: string): string => JSON.stringify({ level: "info", said: text, n: 1 });
  const wrapped = FORMS.filter(({ name }) => !ALONE.has(name)).flatMap(({ secret, text }) =>
    [JSON.stringify([text]), once(text), once(once(text)), `line: ${once(text)}`].map((whole) => ({ secret, whole })),
  );

  expect(wrapped.filter(({ secret, whole }) => leaks(redactText(whole), secret))).toEqual([]);
});

test("redactText() leaves JSON that it reads as JSON", () => {
  const line = JSON.stringify({ said: 'AUTH "app" "hunter2Xq9"\n', ok: true, password: 'a"b\\' });

  expect(JSON.parse(redactText(line))).toEqual({
    said: expect.stringContaining("AUTH"),
    ok: true,
    password: "[redacted]",
  });
});

test("redactJson() finds the secret in every form of the corpus, the next argument included", () => {
  const missed = VALUES.filter(({ secret, value }) => JSON.stringify(redactJson(value)).includes(secret));

  expect(missed).toEqual([]);
});

/** Any word that needs no quotes; it begins and ends with a letter or a figure. */
const secrets = fc.stringMatching(/^[A-Z][A-Za-z0-9!$%*+./:?^_~=-]{6,20}[0-9]$/);

for (const [name, form] of Object.entries(PLACES).filter(([, text]) => text.includes("§"))) {
  test(`redactText() finds any secret in ${name}, whatever the spacing and the case`, () => {
    const spacing = fc.constantFrom(" ", "  ", "\t");
    const casing = fc.constantFrom("as it is", ...(CASELESS.has(name) ? ["upper", "lower"] : []));
    fc.assert(
      fc.property(secrets, spacing, casing, (any, space, how) => {
        const secret = LETTERS_ONLY.has(name) ? any.replaceAll(/\W|_/g, "x") : any;
        const spaced = form.replaceAll(/(?<=\S) (?=\S)/g, space);
        const cased = { upper: spaced.toUpperCase(), lower: spaced.toLowerCase() }[how] ?? spaced;
        const text = cased.replaceAll("§", secret);

        const clean = redactText(text);

        expect(clean).not.toContain(secret.slice(0, 5));
        expect(redactText(clean)).toBe(clean);
      }),
      { numRuns: 25 },
    );
  });
}

const ALIKE = ["=", " = ", ": ", ":"].flatMap((sign) => ['"', "'", "", '\\"'].map((quote) => ({ sign, quote })));

test("redactText() finds a password behind any separator in any quotes under any name of one", () => {
  const name = fc.constantFrom("password", "DB_PASSWORD", "clientSecret", "x-api-key", "redis.auth", "requirepass");
  fc.assert(
    fc.property(secrets, name, fc.constantFrom(...ALIKE), (secret, name, { sign, quote }) => {
      const clean = redactText(`connecting with ${name}${sign}${quote}${secret}${quote}, then on`);

      expect(clean).not.toContain(secret.slice(0, 5));
      expect(clean).toEndWith("then on");
    }),
  );
});

const SHOWN = [
  "key=user:7 count=12",
  'POST /check {"key":"user:7","cost":1}',
  "reset-counter key user:7",
  "tokens=5 max_tokens: 1000 token=5",
  "primary_key=id hot-key monkey=1 keys per node, token bucket",
  "http://127.0.0.1:8080/path?key=a",
  "author: ada, passed=3, basic checks, pass 12 of 40",
  "redis://127.0.0.1:6379",
  "node/1@127.0.0.1:6379 and node/2@[::1]:6379",
  "Authentication failed. WRONGPASS invalid username-password pair or user is disabled.",
  "NOAUTH Authentication required.",
  "ERR AUTH <password> called without any password configured for the default user",
  "--pass mentioned without value, secret given as a flag",
  "`--token` guards every call; set --password or --password-file",
  "redis-server: npm/@scope/x@1.2, redis:7@sha256:0a1b, https://cdn.example/npm/@scope/x@1.2",
  "PWD_DIR=/root password_file=/run/secrets/x",
  "Authorization: Bearer <token>",
  "the password is wrong; the token: it is empty",
  '{"password":"","token":null,"secret":false}',
];

for (const text of SHOWN) {
  test(`redactText() leaves ${JSON.stringify(text)} as it is`, () => {
    expect(redactText(text)).toBe(text);
  });
}

/** Templates of ours with a hole for a secret. */
const WITH_SECRET = /^(?:(?:Authorization: )?Bearer |requirepass |--token[=:] ?)\S+$/;

test("redactText() leaves every message, comment and line of the documentation of our own as it is", async () => {
  const texts = await ownTexts();

  const changed = texts.filter((text) => redactText(text) !== text && !WITH_SECRET.test(text));

  expect(texts.length).toBeGreaterThan(3000);
  expect(changed).toEqual([]);
});

test("redactText() keeps what is around a secret", () => {
  const texts = [
    "redis://default:hunter2@10.0.0.1:6379/0",
    "REDIS_PASSWORD=hunter2 NODE=2",
    "GET /metrics?token=abc&name=x",
    '{"password": "hun ter", "user": "ada"}',
    "run --password hunter2 --host a",
    '["redis-server","--requirepass","hunter2"]',
    "Cookie: session=abc",
  ].map(redactText);

  expect(texts).toEqual([
    `redis://${REDACTED}@10.0.0.1:6379/0`,
    `REDIS_PASSWORD=${REDACTED} NODE=2`,
    `GET /metrics?token=${REDACTED}&name=x`,
    `{"password": "${REDACTED}", "user": "ada"}`,
    `run --password ${REDACTED} --host a`,
    `["redis-server","--requirepass","${REDACTED}"]`,
    `Cookie: ${REDACTED}`,
  ]);
});

test("redactJson() hides what is named like a secret and redacts text, whatever the depth", () => {
  const value = {
    key: "user:7",
    tokens: 5,
    token: 5,
    auth_token: "abc",
    nested: [{ clientSecret: "x", note: "password=y" }, null, 3, true],
    credentials: { user: "a", pass: "b" },
    when: new Date(0),
  };

  expect(redactJson(value)).toEqual({
    key: "user:7",
    tokens: 5,
    token: 5,
    auth_token: REDACTED,
    nested: [{ clientSecret: REDACTED, note: `password=${REDACTED}` }, null, 3, true],
    credentials: REDACTED,
    when: "1970-01-01T00:00:00.000Z",
  });
});

test("redactJson() hides what is nested deeper than anything of ours", () => {
  let value: unknown = PLAIN;
  for (let depth = 0; depth < 20_000; depth += 1) value = depth % 2 === 0 ? [value] : { inner: value };

  const clean = JSON.stringify(redactJson(value));

  expect(clean).toContain(REDACTED);
  expect(clean).not.toContain(PLAIN);
});

test("redactText() changes nothing a second time, whatever the text", () => {
  const piece = fc.constantFrom(
    ..."password|=|: |abc|--token |\"|'|\\|https://a:b@c/|a:b@c|@|Bearer xyzxyz1|\n|key|,|;|&|<|>|[redacted]".split(
      "|",
    ),
    ..."AUTH |redis-cli -a |-p|Cookie: |a=b; |>x|on |<password>|%22|%3D|{|}|[|]|(|)|value| ".split("|"),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const once = redactText(pieces.join(""));

      expect(redactText(once)).toBe(once);
    }),
    { numRuns: 500 },
  );
});

/** What nearly matches, or matches everywhere; where work grows with the square, all of them take minutes. */
const HOSTILE = [
  ...'a.|x_|password|password=|password=\\"|password=a,|password=\'x"|://|a://b:|:@|a:b@|eyJ-|sk-|AUTH |\'|"|\\|`a |-a '.split(
    "|",
  ),
  ..."redis-cli -a |mysql -p|ACL SETUSER |>a |'Cookie: a=b|Authorization: Digest a=b,|Bearer A|<password |%22".split(
    "|",
  ),
  "hunter2:1:*:",
  "$6$a",
  "-----BEGIN PRIVATE KEY-----",
  "password: |\n",
  "password:\n  x\n",
  "requirepass\n",
  REDACTED,
  `password=${REDACTED}`,
];

test("redactText() does work that grows with the length of a hostile text and no faster", () => {
  const lengths = HOSTILE.map((piece) => redactText(`${piece.repeat(100_000 / piece.length)}\n@h"'`).length);

  expect(lengths.every((length) => length > 0)).toBe(true);
}, 120_000);

test("lineRedactor() hides a private key over many lines, and nothing after it", () => {
  const redact = lineRedactor();
  const [begin, end] = [KEY_BEGIN.join(""), KEY_END.join("")];
  const lines = ["before", `key: ${begin}`, "MIIEvQIBADANBgkq", "hkiG9w0BAQ==", end, `password=${PLAIN}`, "after"];

  expect(lines.map(redact).filter((line) => line !== undefined)).toEqual([
    "before",
    `key: ${REDACTED}`,
    `password=${REDACTED}`,
    "after",
  ]);
});

test("lineRedactor() goes on with the first line that cannot be part of a key that was cut off", () => {
  const redact = lineRedactor();
  const lines = [KEY_BEGIN.join(""), "MIIEvQIBADANBgkq", "4711:M 21 Nov 2026 11:32:00 * Ready"];

  expect(lines.map(redact)).toEqual([REDACTED, undefined, "4711:M 21 Nov 2026 11:32:00 * Ready"]);
});

const HOLE = /\$\{[^}]*\}/g;

/** Literals, templates with a figure, a flag or a component in each hole, comments, and the documentation. */
async function ownTexts(): Promise<readonly string[]> {
  const texts = new Set<string>();
  for (const file of new Glob("src/**/*.ts").scanSync(".")) {
    if (file.startsWith("src/core/text/redaction/")) continue; // patterns, not sentences
    const source = await Bun.file(file).text();
    const pieces = source.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`|\/\*\*([\s\S]*?)\*\/|\/\/(.*)/g);
    for (const found of pieces) {
      const text = found.slice(1).join("");
      texts.add(text.replaceAll(HOLE, "7"));
      texts.add(text.replaceAll(HOLE, (hole) => (/flag|named|variable/i.test(hole) ? "--token" : "node/1")));
    }
  }
  for (const file of ["README.md", "CHANGELOG.md"]) {
    for (const line of (await Bun.file(file).text()).split("\n")) texts.add(line);
  }
  return [...texts];
}

test("redactText() finds a secret in a line although an earlier line leaves a quote open", () => {
  const text = `it's 5 o'clock\nsay "hello\nrequirepass "${PLAIN} and more"\nbye`;

  expect(redactText(text)).not.toContain(PLAIN);
  expect(redactText(text)).toContain("bye");
});
