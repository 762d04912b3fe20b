/** Paths of requests as they were sent: decoded once, where a handler reads them. */

import type { Refusal } from "../http-error.ts";

/**
 * The path of a request, still percent-encoded. Where `Host` is missing or malformed, Bun's URL is only the path.
 */
export function pathOf({ url }: Request): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", "http://".length);
  for (let at = start; at < url.length; at++) {
    const code = url.charCodeAt(at);
    if (code === 0x3f || code === 0x23) return url.slice(start, at);
  }
  return url.slice(start);
}

/** The refusal of a URL that is not {@linkcode isReadableUrl}. */
export const UNREADABLE_URL: Refusal = {
  status: 400,
  field: "path",
  message: "Cannot read path: it is not percent-encoded UTF-8, expected for instance %25 for %",
};

/** Whether all percent escapes of a URL are complete and encode UTF-8. */
export function isReadableUrl(url: string): boolean {
  if (!url.includes("%")) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}
