/** The environment of what a test starts: whoever runs the tests with a key of a model pays for none of them. */

const KEYS: ReadonlySet<string> = new Set(["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPERATOR_AGENT_API_KEY"]);

/** All but the keys of models. */
export function withoutKeys(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !KEYS.has(name)));
}
