import { expect, test } from "bun:test";
import { ReplyError } from "ioredis";
import { concernsKeyAlone, describeTrouble, type RedisTrouble, troubleIn } from "../../src/io/redis-trouble.ts";

/** An error with further fields, as clients make them. */
function errorWith(message: string, fields: Record<string, unknown> = {}): Error {
  return Object.assign(new Error(message), fields);
}

test.each<readonly [string, Error, RedisTrouble | undefined]>([
  ["a word of Redis", new ReplyError("NOREPLICAS Not enough good replicas to write."), "NOREPLICAS"],
  ["a word behind those of a script", new ReplyError("ERR Error running script: @user_script:9: -OOM command"), "OOM"],
  ["an ACL that denies what a script does", new ReplyError("ERR The user executing the script can't run it"), "NOPERM"],
  ["scripts that are renamed away", new ReplyError("ERR unknown command 'evalsha', with args"), "NOSCRIPT"],
  ["a database number", new ReplyError("ERR DB index is out of range"), "SELECT"],
  ["too many connections", new ReplyError("ERR max number of clients reached"), "max-clients"],
  ["an unknown word", new ReplyError("STRANGE thing"), "ERR"],
  ["a refused connection", errorWith("connect ECONNREFUSED 127.0.0.1:1", { code: "ECONNREFUSED" }), "ECONNREFUSED"],
  ["a name without address", errorWith("getaddrinfo", { code: "EAI_AGAIN" }), "ENOTFOUND"],
  ["a certificate", errorWith("self signed certificate", { code: "DEPTH_ZERO_SELF_SIGNED_CERT" }), "certificate"],
  ["plain text in place of TLS", errorWith("error:100000f7", { code: "ERR_SSL_WRONG_VERSION_NUMBER" }), "tls"],
  ["TLS in place of plain text", errorWith('Unknown RESP type 21 "\u0015". Please report this.'), "tls"],
  ["another protocol", errorWith('Unknown RESP type 72 "H". Please report this.'), "not-redis"],
  ["the last Cluster node", errorWith("Failed", { lastNodeError: new ReplyError("NOAUTH Authentication") }), "NOAUTH"],
  ["a Sentinel that is a Redis", new ReplyError("ERR unknown command 'SENTINEL', with args"), "no-sentinel"],
  ["a Sentinel that does not know the name", new ReplyError("ERR No such master with that name"), "no-sentinel"],
  ["no connection, which tells no reason", errorWith("Connection is closed."), undefined],
  ["advice to programmers", errorWith("Stream isn't writeable and enableOfflineQueue options is false"), undefined],
])("troubleIn() finds the word in %s", (_what, error, word) => {
  expect(troubleIn(error)).toBe(word);
});

test.each<readonly [string, boolean]>([
  ["MOVED 1 127.0.0.1:1", true],
  ["ASK 1 127.0.0.1:1", true],
  ["TRYAGAIN Multiple keys request during rehashing of slot", true],
  ["CLUSTERDOWN Hash slot not served", true],
  ["WRONGTYPE Operation against a key", true],
  ["CLUSTERDOWN The cluster is down", false],
  ["OOM command not allowed", false],
])("concernsKeyAlone() of %p is %p", (message, isOfKey) => {
  expect(concernsKeyAlone(new ReplyError(message))).toBe(isOfKey);
});

test("describeTrouble() says what the word means, and the word", () => {
  expect(describeTrouble("OOM")).toBe("Redis is out of memory (OOM)");
});
