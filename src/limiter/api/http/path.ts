/** Paths of requests as they were sent: decoded once, where a handler reads them. */

/**
 * The path of a request, still percent-encoded. Bun gives no more than the path as URL where `Host` is missing or malformed.
 */
export function pathOf({ url }: Request): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", "http://".length);
  for (let at = start; at < url.length; at++) {
    const code = url.charCodeAt(at);
    if (code === 0x3f || code === 0x23) return url.slice(start, at);
  }
  return url.slice(start);
}

/** Whether all percent escapes of a URL are whole and make UTF-8. */
export function isReadableUrl(url: string): boolean {
  if (!url.includes("%")) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}
