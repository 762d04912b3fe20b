/** Secrets identified by their form: tokens of the large providers, JSON web tokens, private keys. */

import type { Finder, Span } from "./span.ts";

/** Prefixes of tokens and the characters that follow. */
const TOKENS: readonly string[] = [
  String.raw`(?:A3T[A-Z0-9]|A(?:KI|SI|RO|ID|GP|NP|NV|BI|CC)A)[A-Z0-9]{12,}(?:["']?[\s,:;]{1,4}["']?[A-Za-z0-9/+=]{40}(?![A-Za-z0-9/+=]))?`,
  String.raw`gh[opusr]_\w{10,}|github_pat_\w{10,}`,
  String.raw`gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas|ffct)-[\w.-]{10,}`,
  String.raw`xox[a-z](?:-|\.)[\w.-]{8,}|xapp-[\w-]{10,}`,
  String.raw`(?:sk|rk|pk)_(?:live|test)_\w{8,}|whsec_[\w+/=]{8,}`,
  String.raw`sk-[\w-]{12,}`,
  String.raw`AIza[\w-]{20,}|ya29\.[\w.-]{8,}|GOCSPX-[\w-]{10,}|1\/\/0[\w-]{20,}`,
  String.raw`npm_\w{10,}|pypi-[\w-]{10,}|rubygems_\w{10,}|dckr_(?:pat|oat)_[\w-]{10,}|hf_\w{10,}`,
  String.raw`do[oprt]_v1_\w{10,}|hv[sbr]\.[\w-]{8,}|[A-Za-z0-9]{14}\.atlasv1\.[\w-]{20,}`,
  String.raw`SK[0-9a-f]{32}|SG\.[\w-]{8,}\.[\w-]{8,}|key-[0-9a-f]{32}|[0-9a-f]{32}-us\d{1,2}`,
  String.raw`shp(?:at|ca|pa|ss)_\w{10,}|sq0[a-z]{3}-[\w-]{10,}|dapi[0-9a-f]{32}|lin_api_\w{10,}|(?:ntn|secret)_\w{40,}`,
  String.raw`gl(?:sa|c)_[\w+/=]{10,}|NRAK-\w{10,}|dp\.(?:pt|st|ct)\.[\w.-]{10,}|sbp_\w{10,}|pscale_(?:tkn|pw|oauth)_[\w.-]{10,}`,
  String.raw`AGE-SECRET-KEY-1\w{10,}|PMAK-[\w-]{10,}|sntry[su]_[\w+/=.-]{10,}|ATATT3[\w=-]{10,}|(?:bot)?\d{8,10}:AA[\w-]{32,}`,
  String.raw`[\w~.]{3}\dQ~[\w~.-]{30,}`,
  String.raw`eyJ[\w-]{5,}\.[\w-]{2,}(?:\.[\w-]*){1,3}`,
];

/** Hashes of passwords, as in `/etc/shadow`, and the lines of `.pgpass`. */
const HASH = /\$(?:[1567y]|2[abxy]?|gy|apr1|argon2\w{1,2}|pbkdf2[\w-]{0,16}|scrypt|bcrypt)\$([\w./+=,$-]{8,})/g;
const PGPASS = /^[\w.*-]{1,253}:(?:\d{1,5}|\*):[\w*-]{1,64}:[\w*-]{1,64}:(\S+)$/gm;

const TOKEN = new RegExp(String.raw`(?<![A-Za-z0-9_.-])(?:${TOKENS.join("|")})`, "g");
/** The path of a webhook is its secret. */
const HOOK = /(?:\/\/(?:web)?hooks?\.[\w.-]{1,253}|\.com\/api\/webhooks)\/([^\s"'<>?#]+)/gi;
const KEY = /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}/gi;

/** Finds tokens with a known form. */
export const tokens: Finder = { suspects: /[\w.~-]{12}|hooks?[./]|\$\w{1,16}\$|:(?:\d{1,5}|\*):/, find: findTokens };

/** Finds private keys, with raw or escaped line ends. A truncated key extends to the end of the text. */
export const privateKeys: Finder = { suspects: /private key/, find: findPrivateKeys };

function* findTokens(text: string): Iterable<Span> {
  for (const { index, 0: all } of text.matchAll(TOKEN)) yield { start: index, end: index + all.length };
  for (const form of [HOOK, HASH, PGPASS]) {
    for (const { index, 0: all, 1: secret = "" } of text.matchAll(form)) {
      yield { start: index + all.length - secret.length, end: index + all.length };
    }
  }
}

function* findPrivateKeys(text: string): Iterable<Span> {
  KEY.lastIndex = 0;
  for (let found = KEY.exec(text); found; found = KEY.exec(text)) {
    const end = keyEnd(text, found.index + found[0].length);
    yield { start: found.index, end };
    KEY.lastIndex = end;
  }
}

/** The end of the private key whose body starts at an offset. */
function keyEnd(text: string, from: number): number {
  const ending = /-{4,5} ?END [A-Z0-9 ]{0,40}-{4,5}/gi;
  ending.lastIndex = from;
  const found = ending.exec(text);
  return found ? found.index + found[0].length : text.length;
}
