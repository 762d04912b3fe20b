/**
 * Forms in which secrets stand in text. The secrets are invented, and put together at run time so that no scanner takes
 * them for real ones; in the text of a form `§` is where the secret is.
 */

/** One form: its text with the secret in its place. */
export interface SecretForm {
  readonly name: string;
  readonly secret: string;
  readonly text: string;
}

/** A form of arguments or other JSON. */
export interface SecretValue {
  readonly name: string;
  readonly secret: string;
  readonly value: unknown;
}

/** A secret without a form of its own. */
export const PLAIN = ["h", "unter2", "Xq9"].join("");
const SPACED = `${PLAIN} and more4`;
const HEX32 = "0a1b2c3d4e5f6789".repeat(2);
const HEX64 = HEX32.repeat(2);
const ALNUM = "Ab3Xy7Qp2Lm9Zk4T";
const BASE64 = Buffer.from(`ada:${PLAIN}`).toString("base64");
const BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";

/** The first line of a private key, to be joined by its kind. */
export const KEY_BEGIN = ["-----BEGIN ", "PRIVATE KEY-----"] as const;
/** The last line of a private key. */
export const KEY_END = ["-----END ", "PRIVATE KEY-----"] as const;

/** Forms told by what is around the secret, each with `§` for any secret without spaces and quotes. */
export const PLACES: Readonly<Record<string, string>> = {
  requirepass: "requirepass §",
  masterauth: "masterauth §",
  masteruser: "masteruser §",
  "CONFIG SET requirepass": "CONFIG SET requirepass §",
  "CONFIG GET requirepass": '1) "requirepass"\n2) "§"',
  "a sentinel's auth-pass": "sentinel auth-pass mymaster §",
  "the sentinels' own password": "sentinel sentinel-pass §",
  "a password of LDAP": "bindpw §",
  "a key of an encrypted file": "[plaintext-key=§]",
  "a key of a customer": "x-amz-server-side-encryption-customer-key: §",
  "a key that was provided": '{"message":"Invalid API key provided: §"}',
  "a space that does not break": "password:\u00A0§",
  "a colon of full width": "password：§",
  "AUTH with one word": "AUTH §",
  "AUTH with two words": "AUTH default §",
  "AUTH in MONITOR": '1700000000.123456 [0 127.0.0.1:53211] "AUTH" "app" "§"',
  "AUTH on the wire": "*2\r\n$4\r\nAUTH\r\n$10\r\n§\r\n",
  "AUTH at the prompt": "127.0.0.1:6379> auth §",
  "HELLO with AUTH": "HELLO 3 AUTH default § SETNAME web",
  "MIGRATE with AUTH2": "MIGRATE 10.0.0.2 6379 k 0 1000 AUTH2 app § KEYS a b",
  "ACL SETUSER": "ACL SETUSER app on >§ ~* +@all",
  "a password among rules": "rules: on >§ ~cache:* -@all",
  "an ACL file": `user default on #${HEX64} ~* +@all`,
  "redis-cli -a": "redis-cli -h 127.0.0.1 -a § ping",
  "-a of redis-cli without its name": "-h 127.0.0.1 -p 6379 -a §",
  "--pass": "redis-cli --pass § ping",
  "--password=": "start --password=§ --verbose",
  "--password": "mysqldump --password § db",
  "--requirepass": "redis-server --port 6379 --requirepass §",
  "mysql -p": "mysql -u root -p§ -e 'select 1'",
  "sshpass -p": "sshpass -p § ssh ada@10.0.0.1",
  "docker login -p": "docker login -u ada -p § registry.example",
  "docker run -e": "docker run -e POSTGRES_PASSWORD=§ -d postgres",
  "curl -u": "curl -s -u ada:§ https://api.example/x",
  "curl -H": "curl -H 'Authorization: Bearer §' https://api.example/x",
  PGPASSWORD: "PGPASSWORD=§ psql -h 127.0.0.1 -U ada",
  REDISCLI_AUTH: "REDISCLI_AUTH=§ redis-cli ping",
  "an exported variable": 'export API_TOKEN="§"',
  "declare -x": 'declare -x SECRET_KEY="§"',
  "an environment dump": "HOME=/root\nDB_PASSWORD=§\nPATH=/bin\n",
  "/proc/self/environ": "HOME=/root\u0000DB_PASSWORD=§\u0000PATH=/bin\u0000",
  ".netrc on one line": "machine api.example login ada password §",
  ".netrc on several lines": "machine api.example\n  login ada\n  password §\n",
  ".npmrc": "//registry.example/:_authToken=§",
  YAML: "redis:\n  host: a\n  password: §\n  port: 6379\n",
  "YAML with a block": "password: |\n  §\nuser: ada\n",
  "a list of variables in YAML": "- name: DB_PASSWORD\n  value: §\n- name: A\n  value: b\n",
  TOML: 'password = "§"',
  INI: "[mysqld]\npassword = §\n",
  ".properties": "spring.redis.password=§",
  JSON: '{"user":"ada","password":"§"}',
  "JSON with a space": '{"apiKey": "§", "x": 1}',
  "JSON within JSON": JSON.stringify({ body: JSON.stringify({ user: "ada", password: "§" }) }),
  "JSON within JSON within JSON": JSON.stringify(JSON.stringify({ a: JSON.stringify({ client_secret: "§" }) })),
  "a list of variables in JSON": '[{"name":"DB_PASSWORD","value":"§"}]',
  "the arguments of a program in JSON": '["redis-server","--requirepass","§","--port","6379"]',
  "an object of a program": "{ user: 'ada', password: '§' }",
  "an inspected map": "Map(1) { 'password' => '§' }",
  "a form": "user=ada&password=§&remember=1",
  "an encoded form": "user%3Dada%26password%3D§%26x%3D1",
  "encoded JSON": "%7B%22password%22%3A%22§%22%7D",
  "a query string": "GET /metrics?access_token=§&name=x HTTP/1.1",
  XML: "<user>ada</user><password>§</password>",
  "XML with an attribute": '<password type="plain">§</password>',
  "an attribute": '<add user="ada" password="§" />',
  "a property in XML": '<property name="password">§</property>',
  "a property list": "<key>Password</key><string>§</string>",
  "escaped XML": "&lt;password&gt;§&lt;/password&gt;",
  "a Bearer header": "Authorization: Bearer §",
  "a Basic header": `Authorization: Basic ${BASE64}`,
  "a Digest header": 'Authorization: Digest username="ada", realm="r", nonce="n1", response="§"',
  "a header with one word": "Proxy-Authorization: §",
  "x-api-key": "x-api-key: §",
  "a bearer in a sentence": "the server answered 401 to Bearer §",
  "a cookie": "Cookie: theme=dark; session=§",
  "a cookie that is set": "Set-Cookie: sid=§; Path=/; HttpOnly",
  "a cookie for curl": "curl -b 'session=§; b=2' https://api.example",
  "X-Amz-Signature": "https://b.s3.example/k?X-Amz-Date=20260101T000000Z&X-Amz-Signature=§",
  "X-Amz-Credential": "https://b.s3.example/k?X-Amz-Credential=§%2F20260101%2Fus-east-1&X-Amz-Expires=60",
  "a shared access signature": "https://a.blob.example/c?sv=2024-11-04&se=2026-01-01&sp=r&sig=§",
  "a signed URL of Google": "https://storage.example/o?GoogleAccessId=§&Expires=1&Signature=abc123",
  "the signature of a signed URL": "https://storage.example/o?GoogleAccessId=a&Expires=1&Signature=§",
  AccountKey: "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=§;EndpointSuffix=core.example",
  SharedAccessKey: "Endpoint=sb://a.example/;SharedAccessKeyName=n;SharedAccessKey=§",
  "an AWS secret key": "aws_secret_access_key = §",
  "a connection string": "Server=db;Database=x;User Id=ada;Password=§;Encrypt=true",
  "the address of Postgres": "postgres://ada:§@db.example:5432/x",
  "the address of MongoDB": "mongodb+srv://ada:§@c0.example/x?retryWrites=true",
  "the address of Redis": "redis://:§@10.0.0.1:6379/0",
  "a password with a slash": "redis://app:a/§@10.0.0.1:6379",
  "a password with all signs": "redis://app:a/b@c#d?e%§@10.0.0.1:6379",
  "a password with a slash on the web": "http://app:a/§@api.example/x",
  "an address with only a password": "redis://§@10.0.0.1:6379",
  "an address with the secret as its user": "https://§:x-oauth-basic@git.example/a.git",
  sentinels: "redis+sentinel://:a/§@10.0.0.1:26379,10.0.0.2:26379/mymaster",
  "a cluster": "redis+cluster://app:§@10.0.0.1:6379,app:§@10.0.0.2:6379",
  "an address without a scheme": "connect to app:a/§@10.0.0.1:6379 failed",
  "a DSN": "ada:§@tcp(127.0.0.1:3306)/db",
  "an encoded address": "url=redis%3A%2F%2Fapp%3A§%4010.0.0.1%3A6379&x=1",
  SQL: "CREATE USER ada IDENTIFIED BY '§'",
  "SQL of Postgres": "ALTER ROLE ada WITH PASSWORD '§'",
  "SQL of MySQL": "SET PASSWORD FOR 'ada'@'10.0.0.1' = '§'",
  "a Dockerfile": "ENV DB_PASSWORD §",
  "arguments in YAML": "args:\n  - --requirepass\n  - §\n  - --port\n",
  "a flow of YAML": "command: [\"redis-server\", '--requirepass', '§']",
  ".pgpass": "db.example:5432:*:ada:§",
  "JSON that is encoded twice": "%257B%2522password%2522%253A%2522§%2522%257D",
  "JSON with escaped quotes": "{\\u0022password\\u0022:\\u0022§\\u0022}",
  "a prompt": "Password for ada: §",
  "a sentence about it": "the password is §",
  "an option of a client": 'Conn { user: "ada", password: Some("§") }',
  "a struct": "{Addr:10.0.0.1:6379 Username: Password:§ DB:0}",
  "a header for functions": "x-functions-key: §",
  "a header of GitLab": "curl --header 'Private-Token: §' https://git.example",
  "an address to a socket": "unix://app:§@/run/redis.sock",
  "a password of openssl": "openssl rsa -passin pass:§ -in key.pem",
  "a coloured log": "\u001B[36mpassword\u001B[0m=\u001B[32m§\u001B[0m level=info",
  "a logged pair": 'level=info msg="connecting" password=§ host=a',
  "a sentence that tells it": "wrong password: §",
};

/** Forms in which case says nothing; that of a flag does, and that of a colour's code. */
export const CASELESS: ReadonlySet<string> = new Set(
  Object.keys(PLACES).filter((name) => !/-[abpu]$|^-a |^docker login|for curl$|coloured|-H$/.test(name)),
);

/** Forms in which a sign such as `:` or `/` within the secret makes another form of it. */
export const LETTERS_ONLY: ReadonlySet<string> = new Set([
  "a bearer in a sentence",
  "an address with only a password",
  "an address with the secret as its user",
]);

/** Tokens that are known by their own form. */
const TOKENS: Readonly<Record<string, readonly string[]>> = {
  "AWS access key": ["AK", "IA", "IOSFODNN7", "EXAMPLE"],
  "AWS session key": ["AS", "IA", "IOSFODNN7", "EXAMPLE"],
  "GitHub ghp": ["gh", "p_", ALNUM, ALNUM],
  "GitHub gho": ["gh", "o_", ALNUM, ALNUM],
  "GitHub ghs": ["gh", "s_", ALNUM, ALNUM],
  "GitHub ghu": ["gh", "u_", ALNUM, ALNUM],
  "GitHub fine-grained": ["github", "_pat_", ALNUM, "_", ALNUM],
  GitLab: ["gl", "pat-", ALNUM, "-x"],
  "Slack bot": ["xo", "xb-", "123456789012-", ALNUM],
  "Slack user": ["xo", "xp-", "123456789012-", ALNUM],
  "Stripe secret": ["sk", "_live_", ALNUM],
  "Stripe restricted": ["rk", "_live_", ALNUM],
  "Stripe webhook": ["wh", "sec_", ALNUM],
  OpenAI: ["s", "k-", ALNUM, ALNUM],
  "OpenAI project": ["s", "k-proj-", ALNUM, "_", ALNUM],
  Anthropic: ["s", "k-ant-api03-", ALNUM, "-", ALNUM],
  "Google API": ["AI", "za", ALNUM, ALNUM, "abc"],
  "Google OAuth": ["ya", "29.", ALNUM, "-", ALNUM],
  npm: ["np", "m_", ALNUM, ALNUM, "abcd"],
  PyPI: ["py", "pi-", "AgEIcHlwaS5vcmc", ALNUM],
  DigitalOcean: ["do", "p_v1_", HEX64],
  HashiCorp: ["hv", "s.", ALNUM, ALNUM],
  Twilio: ["S", "K", HEX32],
  SendGrid: ["S", "G.", ALNUM, ".", ALNUM, ALNUM],
  "JSON web token": ["ey", "JhbGciOiJIUzI1NiJ9", ".ey", "JzdWIiOiIxIn0", ".", ALNUM, "_-", ALNUM],
};

/** Every form in text. */
export const FORMS: readonly SecretForm[] = [
  ...Object.entries(PLACES).map(([name, text]) => formOf(name, text)),
  ...Object.entries(TOKENS).flatMap(([name, parts]) => tokenForms(name, parts.join(""))),
  { name: "quoted requirepass", secret: SPACED, text: `requirepass "${SPACED}"` },
  { name: "single-quoted masterauth", secret: SPACED, text: `masterauth '${SPACED}'` },
  { name: "quoted AUTH", secret: SPACED, text: `AUTH "${SPACED}"` },
  { name: "a quoted variable", secret: SPACED, text: `PASSWORD='${SPACED}' ./run` },
  { name: "a passphrase in YAML", secret: SPACED, text: `a: 1\npassphrase: ${SPACED}\nb: 2\n` },
  { name: "quoted --pass", secret: SPACED, text: `redis-cli --pass "${SPACED}" ping` },
  { name: "an escaped quote", secret: `${PLAIN}\\"more`, text: `{"password":"${PLAIN}\\"more"}` },
  { name: "a cut value", secret: SPACED, text: `{"user":"a","password":"${SPACED}` },
  { name: "a private key", secret: BODY, text: `${KEY_BEGIN.join("RSA ")}\n${BODY}\n${KEY_END.join("RSA ")}` },
  {
    name: "a private key in JSON",
    secret: BODY,
    text: `{"k":"${KEY_BEGIN.join("")}\\n${BODY}\\n${KEY_END.join("")}\\n"}`,
  },
  {
    name: "a private key that is cut off",
    secret: BODY,
    text: `${KEY_BEGIN.join("OPENSSH ")}\n${BODY}\n${BODY.slice(3)}`,
  },
  { name: "a hash of a password", secret: `${ALNUM}${ALNUM}`, text: `root:$6$saltsalt$${ALNUM}${ALNUM}:19000:0:` },
  { name: "an access key with its secret", secret: `${ALNUM}/${ALNUM}+Abcd9X`, text: accessKeys() },
];

/** Every form in JSON. */
export const VALUES: readonly SecretValue[] = [
  { name: "arguments", secret: PLAIN, value: ["redis-server", "--requirepass", PLAIN, "--port", "6379"] },
  { name: "arguments of redis-cli", secret: PLAIN, value: { argv: ["redis-cli", "-a", PLAIN, "ping"] } },
  { name: "arguments without a program", secret: PLAIN, value: ["--host", "a", "--password", PLAIN] },
  { name: "a joined argument", secret: PLAIN, value: ["mysql", "-uroot", `-p${PLAIN}`] },
  { name: "AUTH", secret: PLAIN, value: ["AUTH", "default", PLAIN] },
  { name: "ACL SETUSER", secret: PLAIN, value: ["ACL", "SETUSER", "app", "on", `>${PLAIN}`, "~*"] },
  { name: "CONFIG SET", secret: PLAIN, value: ["CONFIG", "SET", "requirepass", PLAIN] },
  { name: "a password of common words", secret: "the", value: ["redis-cli", "--pass", "the"] },
  { name: "a pair", secret: PLAIN, value: { headers: [["x-api-key", PLAIN]] } },
  { name: "a variable", secret: PLAIN, value: { env: [{ name: "DB_PASSWORD", value: PLAIN }] } },
  { name: "a change", secret: PLAIN, value: { setting: "requirepass", from: "", to: PLAIN } },
  { name: "a change at a path", secret: PLAIN, value: [{ path: "redis.masterauth", was: PLAIN, is: "" }] },
  { name: "a change of a parameter", secret: PLAIN, value: { parameter: "tls-key-file-pass", old: PLAIN, new: PLAIN } },
  { name: "a field", secret: PLAIN, value: { redis: { password: PLAIN } } },
  { name: "a number", secret: "48151623", value: { password: 48_151_623 } },
  { name: "JSON within JSON", secret: PLAIN, value: { body: JSON.stringify({ password: PLAIN }) } },
  { name: "a name that holds one", secret: PLAIN, value: { [`redis://:${PLAIN}@h`]: 1 } },
];

function formOf(name: string, text: string): SecretForm {
  if (name === "a Basic header") return { name, secret: BASE64, text };
  if (name === "an ACL file") return { name, secret: HEX64, text };
  return { name, secret: PLAIN, text: text.replaceAll("§", PLAIN) };
}

/** Bare, in a sentence and in a list. */
function tokenForms(name: string, secret: string): readonly SecretForm[] {
  return [
    { name, secret, text: secret },
    { name: `${name} in a sentence`, secret, text: `Sent ${secret}, and got 401.` },
    { name: `${name} in a path`, secret, text: `/hook/${secret}?x=1` },
  ];
}

function accessKeys(): string {
  return `${["AK", "IA", "IOSFODNN7", "EXAMPLE"].join("")},${ALNUM}/${ALNUM}+Abcd9X`;
}
