/** Which names are secret; a plain `key` or `tokens` is not. */

/** Endings of secret names, ignoring case, separators and digits: `REDIS_PASSWORD`, `clientSecret`, `x-api-key`. */
const ENDING = new RegExp(
  `(?:${[
    "passw(?:or)?ds?",
    "passphrases?|passcode|requirepass|masterauth|masteruser|primaryauth|primaryuser|sshpass|passin|passout",
    "(?:password|passwd)(?:hash|confirmation|digest|salt)",
    "pwd|bindpw|rootpw|secrets?|token|credentials?|authorization|jwt",
    "(?:api|access|secret|private|signing|encryption|master|shared|account|storage|subscription|functions|secretaccess|plaintext|customer)key",
    "accesskeyid|privkey|secretkeybase|appkey|applicationkey|sharedaccesssignature",
    "cookie|sessionid|sessid|connectsid",
    "(?:amz|goog)signature|googleaccessid",
  ].join("|")})$`,
);

/** The last word of a secret name of several words. */
const LAST_WORD =
  /[_.-](?:auth|Auth|AUTH|pass|Pass|PASS)$|[a-z](?:Auth|Pass)$|^[A-Z]{2,}(?<!^BY|^COM)(?:PASS|AUTH)(?<!^N?O?AUTH)$/;

/** Names that are secret only before `=` or as a flag. */
const ASSIGNED = /^(?:pass|pw|auth|sig|signature|hmac)$/;

/** Names whose value is secret even if it is a number. */
const NEVER_COUNTED = /(?:passw(?:or)?ds?|passphrases?|passcode|pwd|requirepass|masterauth|secret)$/;

/** A part of every secret name. */
export const PART_OF_SECRET_NAME =
  /pass|pwd|pw\b|secret|token|(?:api|access|private|signing|encryption|master|shared|account|storage|subscription|functions|priv|app|application|plaintext|customer)[ \t_-]{0,3}key|keybase|cred|auth|cookie|sessi?o?n?id|\.sid|jwt|sig\b|signature|hmac|masteruser|primaryuser|accessid/i;

/** Characters of a name that are examined, from its end. */
const LONGEST = 80;

/** Whether a field of that name holds a secret. */
export function isSecretName(name: string): boolean {
  const end = name.slice(-LONGEST);
  return ENDING.test(squeezed(end)) || LAST_WORD.test(end.replace(/[^A-Za-z]+$/, ""));
}

/** Whether a name is secret before `=` or as a flag. */
export function isAssignedSecretName(name: string): boolean {
  return isSecretName(name) || ASSIGNED.test(squeezed(name.slice(-LONGEST)));
}

/** Whether a number under that name is a secret; `token=5` is a count. */
export function hidesNumbers(name: string): boolean {
  return NEVER_COUNTED.test(squeezed(name.slice(-LONGEST)));
}

/** Whether the name is that of a header with structured credentials. */
export function headerKind(name: string): "authorization" | "cookie" | undefined {
  const end = squeezed(name.slice(-LONGEST));
  if (end.endsWith("authorization")) return "authorization";
  return end.endsWith("cookie") ? "cookie" : undefined;
}

function squeezed(name: string): string {
  return name.replaceAll(/[^A-Za-z]/g, "").toLowerCase();
}
