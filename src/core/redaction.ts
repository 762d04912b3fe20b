/** Takes secrets out of text and JSON before they are written; always before truncation, which could cut a secret's mark off. */

/** What stands in a secret's place. */
export const REDACTED = "[redacted]";

/** A name that ends like a secret's, whatever stands before it; a plain `key` or `tokens` is none. */
const SECRET_NAME = String.raw`(?:[\w.-]{0,64}[_.-])?(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|(?:access|private|signing|encryption)[_-]?key(?:[_-]?id)?|credentials?|authorization|requirepass|masterauth|cookie)`;
const CAMEL_NAME = String.raw`[a-z][A-Za-z0-9]{0,64}(?:Password|Secret|Token|ApiKey|AccessKey|PrivateKey|Credentials?)`;

const WHOLE_NAME = new RegExp(`^(?:${SECRET_NAME})$`, "i");
const WHOLE_CAMEL_NAME = new RegExp(`^(?:${CAMEL_NAME})$`);

/** Each pattern with what it becomes; the order matters, from the most to the least specific. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@"']*):[^\s/"']+@/gi, `$1:${REDACTED}@`],
  [/\b([Bb]earer|[Bb]asic)\s+(?=\S*[A-Z0-9])[A-Za-z0-9+/._~=-]{6,}/g, `$1 ${REDACTED}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, REDACTED],
  [/\b(?:sk-[\w-]{16,}|gh[a-z]_\w{20,}|github_pat_\w{20,}|xox[a-z]-[\w-]{10,}|AKIA[0-9A-Z]{16})/g, REDACTED],
  ...assignments("i", `(?<![\\w-])(?:${SECRET_NAME})`),
  ...assignments("", `(?<![\\w-])(?:${CAMEL_NAME})`),
];

/** Most text holds nothing that could be a secret, and this is how that is seen at once. */
const SUSPICIOUS =
  /pass|pwd|secret|token|key|credential|auth|cookie|bearer|basic|:\/\/|eyJ|sk-|gh[a-z]_|github_pat_|xox|AKIA/i;

/** The text without its secrets. */
export function redactText(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  return PATTERNS.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}

/** A JSON value without its secrets: text is redacted, and so is whatever is named like a secret. */
export function redactJson(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map(redactJson);
  if (typeof value !== "object" || value === null) return value;
  if (hasToJson(value)) return redactJson(value.toJSON());
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      redactText(name),
      isSecretName(name) ? hide(inner) : redactJson(inner),
    ]),
  );
}

/** Whether a field of that name holds a secret. */
export function isSecretName(name: string): boolean {
  return WHOLE_NAME.test(name) || WHOLE_CAMEL_NAME.test(name);
}

/** Numbers that are named like a secret are counts, for instance of tokens. */
function hide(value: unknown): unknown {
  if (typeof value === "string") return value === "" ? "" : REDACTED;
  return typeof value === "object" && value !== null ? REDACTED : value;
}

/** `name=value`, `name: value`, `"name": "value"`, `--name value`. */
function assignments(flags: string, name: string): readonly (readonly [RegExp, string])[] {
  return [
    [new RegExp(String.raw`(${name}["']?\s*[:=]\s*)(["'])(?:(?!\2)[^\\]|\\.)*\2`, `g${flags}`), `$1$2${REDACTED}$2`],
    [
      new RegExp(String.raw`(${name}["']?\s*[:=]\s*)(?!["'])(?:(?:bearer|basic)\s+)?[^\s&"',;})\]]+\]?`, `g${flags}`),
      `$1${REDACTED}`,
    ],
    [new RegExp(String.raw`(--${name.replace("(?<![\\w-])", "")}\s+)[^\s"'-][^\s"']*`, `g${flags}`), `$1${REDACTED}`],
    [/\b(requirepass|masterauth)\s+[^\s"']+/gi, `$1 ${REDACTED}`],
  ];
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}
