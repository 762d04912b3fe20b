/** One scrape of a metrics page. */

import { readAddress } from "../io/address.ts";
import { requestStream } from "../io/http/http.ts";
import { type Exposition, readExposition } from "./exposition.ts";

/** Which metrics are wanted, and how long the page may take. */
export interface ScrapeOptions {
  readonly signal: AbortSignal;
  /** Names of samples or of their metrics. @default everything */
  readonly wanted?: ReadonlySet<string>;
  /** Milliseconds. @default {5000} */
  readonly timeoutMs?: number;
}

/** A thousand components may have a page of 15 MB; only the wanted metrics are kept. */
const LARGEST_PAGE_BYTES = 50_000_000;

/** The text format, with quoted UTF-8 names where a server supports them, as Prometheus 3 requests it. */
const ACCEPT = "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1";

/**
 * Reads a page of metrics as it arrives.
 * @throws {ProbeError} If the answer is not a metrics page, or is truncated.
 */
export async function scrape(url: string, { wanted, ...limits }: ScrapeOptions): Promise<Exposition> {
  const request = { ...limits, accept: ACCEPT, maxBytes: LARGEST_PAGE_BYTES };
  const source = `"${readAddress(url).printable}"`;
  return requestStream(url, request, ({ contentType, chunks }) => {
    const openMetrics = contentType.startsWith("application/openmetrics-text");
    return readExposition(chunks, { source, openMetrics, ...(wanted && { wanted }) });
  });
}
