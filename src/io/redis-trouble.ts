/** Why a Redis cannot be used, as one word of a closed list: an error code of Redis or the system, or, in lower case, a word of ours. */

/** The meaning of each word. Words in capitals are error codes of Redis or the system. */
export const REDIS_TROUBLES = {
  OOM: "Redis is out of memory",
  READONLY: "Redis is a read-only replica",
  NOPERM: "Redis denies its user a permission",
  NOAUTH: "Redis requires a password",
  WRONGPASS: "Redis refuses the password or the user name",
  NOSCRIPT: "Redis does not run scripts",
  LOADING: "Redis is loading its data",
  BUSY: "Redis is busy with a script",
  MISCONF: "Redis cannot save its data and refuses writes",
  SELECT: "Redis does not have the database number",
  NOREPLICAS: "Redis has too few replicas and refuses writes",
  MASTERDOWN: "Redis is a replica without its primary",
  CLUSTERDOWN: "the Redis Cluster is down",
  DENIED: "Redis is in protected mode",
  ERR: "Redis refuses the command",
  ECONNREFUSED: "nothing listens at the address of Redis",
  ENOTFOUND: "the host name of Redis cannot be resolved",
  ECONNRESET: "the connection to Redis is closed as soon as it is used",
  EHOSTUNREACH: "no network route leads to Redis",
  ETIMEDOUT: "the host of Redis does not answer",
  silent: "Redis does not answer",
  "not-connected": "no connection to Redis is open",
  "max-clients": "Redis has reached its limit of connections",
  tls: "one side of the connection to Redis uses TLS and the other does not",
  certificate: "the certificate of Redis is not trusted",
  "not-redis": "what answers at the address is not a Redis",
  "no-cluster": "Redis is not part of a Cluster",
  "no-sentinel": "no Sentinel names a primary",
  "slot-not-served": "no primary serves the slot of the key",
} as const;

/** Why a Redis cannot be used. */
export type RedisTrouble = keyof typeof REDIS_TROUBLES;

/** All words of the list. */
export const REDIS_TROUBLE_WORDS: readonly RedisTrouble[] = Object.keys(REDIS_TROUBLES).filter(isRedisTrouble);

/** Refusals with an ambiguous code, and their meaning. */
const REFUSALS: readonly (readonly [RegExp, RedisTrouble])[] = [
  [/^ERR max number of clients/, "max-clients"],
  [/^ERR unknown command.{0,3}eval/i, "NOSCRIPT"],
  [/^ERR unknown command.{0,3}sentinel|^ERR No such master/i, "no-sentinel"],
  [/^ERR .*database|^ERR (?:invalid )?DB index|^ERR SELECT /i, "SELECT"],
  [/cluster support disabled/, "no-cluster"],
  [/wrong number of arguments for 'auth'/, "WRONGPASS"],
  [/^CLUSTERDOWN Hash slot not served/, "slot-not-served"],
  [/^(?:MOVED|ASK|TRYAGAIN|CROSSSLOT) |\bnon local key\b/, "slot-not-served"],
  [/no permissions|user executing the script can't/i, "NOPERM"],
];
/** System codes that mean the same as one of the list. */
const CODES: Readonly<Record<string, RedisTrouble>> = {
  EAI_AGAIN: "ENOTFOUND",
  EPIPE: "ECONNRESET",
  ECONNABORTED: "ECONNRESET",
  ENETUNREACH: "EHOSTUNREACH",
  EHOSTDOWN: "EHOSTUNREACH",
};

/** The word in an error of the client; `undefined` if the error has no reason of its own, such as a missing connection. */
export function troubleIn(error: unknown): RedisTrouble | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("lastNodeError" in error) return troubleIn(error.lastNodeError);
  const { message } = error;
  if (error.name === "ReplyError") return isSelect(error) ? "SELECT" : troubleInReply(message);
  if (message.startsWith("Unknown RESP type")) return isTlsAlert(message) ? "tls" : "not-redis";
  if (message === "Command timed out" || message === "timeout") return "silent";
  return "code" in error && typeof error.code === "string" ? troubleOfCode(error.code) : undefined;
}

/** The word in the text of a refusal. */
export function troubleInReply(message: string): RedisTrouble {
  const known = REFUSALS.find(([refusal]) => refusal.test(message))?.[1];
  if (known) return known;
  // Older versions prefix the refusal of a command in a script with their own text.
  const words = message.match(/\b[A-Z]{4,}\b|\bOOM\b/g) ?? [];
  const [first = ""] = message.split(" ", 1);
  return [first, ...words].filter((word) => word !== "ERR").find(isRedisTrouble) ?? "ERR";
}

/** What a word means, with the word: `Redis is out of memory (OOM)`. */
export function describeTrouble(trouble: RedisTrouble): string {
  return `${REDIS_TROUBLES[trouble]} (${trouble})`;
}

/** Whether a text is a word of the list. */
export function isRedisTrouble(word: string): word is RedisTrouble {
  return Object.hasOwn(REDIS_TROUBLES, word);
}

/** Whether an error concerns one key or slot only, not Redis itself. */
export function concernsKeyAlone(error: unknown): boolean {
  if (!(error instanceof Error && error.name === "ReplyError")) return false;
  return error.message.startsWith("WRONGTYPE ") || troubleInReply(error.message) === "slot-not-served";
}

/** The client selects a database only in its handshake. */
function isSelect(error: Error): boolean {
  return "command" in error && Object(error.command).name === "select" && error.message.startsWith("ERR");
}

function troubleOfCode(code: string): RedisTrouble | undefined {
  const known = CODES[code] ?? code;
  if (isRedisTrouble(known)) return known;
  if (/CERT|SIGNED|SIGNATURE|ALTNAME|UNABLE_TO/.test(code)) return "certificate";
  return /SSL|TLS/.test(code) ? "tls" : undefined;
}

/** What a server with TLS sends to a client without it begins with a byte that no reply of Redis begins with. */
function isTlsAlert(message: string): boolean {
  return /^Unknown RESP type 2[0-3] /.test(message);
}
