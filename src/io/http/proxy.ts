/**
 * The proxies that the environment names. A probe judges what answers at its own address, so none of ours goes through a proxy;
 * only what lies outside, the endpoint of a model, is asked as the environment says.
 */

const NAMES = ["http_proxy", "https_proxy", "no_proxy"] as const;

const withheld = new Map<(typeof NAMES)[number], string>();

/** Takes the proxies out of an environment, so that Bun's own `fetch` uses none, and remembers them. */
export function withholdProxies(environment: Record<string, string | undefined> = process.env): void {
  for (const name of NAMES) {
    for (const spelling of [name, name.toUpperCase()]) {
      const value = environment[spelling];
      if (value) withheld.set(name, value);
      delete environment[spelling];
    }
  }
}

/** The proxy through which an address outside is asked; `undefined` where it is asked directly. */
export function proxyFor(address: string): string | undefined {
  const url = URL.parse(address);
  if (!url || isExempt(url)) return undefined;
  const proxy = withheld.get(url.protocol === "https:" ? "https_proxy" : "http_proxy");
  if (proxy === undefined) return undefined;
  return /^https?:\/\//.test(proxy) ? proxy : `http://${proxy}`;
}

/** Hosts of this machine, and those of the list: a name with everything below it, perhaps with a port, or `*`. */
function isExempt({ hostname, host }: URL): boolean {
  if (/^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) return true;
  const names = (withheld.get("no_proxy") ?? "").split(",").map((name) => name.trim().replace(/^\*?\./, ""));
  return names.some(
    (name) => name !== "" && (name === "*" || name === hostname || name === host || hostname.endsWith(`.${name}`)),
  );
}
