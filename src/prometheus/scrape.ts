/** One look at a page of metrics. */

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

/** A thousand stores make a page of 15 MB; none of it is held but what is wanted. */
const LARGEST_PAGE_BYTES = 50_000_000;

/** The text format, with names as they are where a server knows how to quote them, as Prometheus 3 asks for them. */
const ACCEPT = "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1";

/**
 * Reads a page of metrics as it arrives.
 * @throws {ProbeError} If what comes back is no page of metrics, or is cut off.
 */
export async function scrape(url: string, { wanted, ...limits }: ScrapeOptions): Promise<Exposition> {
  const request = { ...limits, accept: ACCEPT, maxBytes: LARGEST_PAGE_BYTES };
  const source = `"${readAddress(url).printable}"`;
  return requestStream(url, request, ({ contentType, chunks }) => {
    const openMetrics = contentType.startsWith("application/openmetrics-text");
    return readExposition(chunks, { source, openMetrics, ...(wanted && { wanted }) });
  });
}
