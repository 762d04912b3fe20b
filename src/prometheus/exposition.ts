/** The text format in which Prometheus' targets state their metrics, read as it arrives; OpenMetrics is understood, too. */

import { ProbeError } from "../core/errors.ts";
import { excerptOf } from "../core/excerpt.ts";
import { isSampleLine, readSampleLine, type Sample, unescapeText } from "./sample-line.ts";

/** What a metric is, by its `TYPE` line. */
export type MetricType = (typeof METRIC_TYPES)[number];

/** What a page says of a metric besides its samples. */
export interface MetricFamily {
  readonly type?: MetricType;
  readonly help?: string;
  readonly unit?: string;
}

/** What a page holds of the wanted metrics, in its own order. */
export interface Exposition {
  readonly samples: readonly Sample[];
  readonly families: ReadonlyMap<string, MetricFamily>;
}

/** How a page is to be read. */
export interface ExpositionOptions {
  /** Names of samples (`x_bucket`) or of their metrics (`x`); everything else is checked and dropped. @default everything */
  readonly wanted?: ReadonlySet<string>;
  /** Whether the page states times in seconds and must end with `# EOF`. @default {false} */
  readonly openMetrics?: boolean;
  /** How messages call the page. @default {"the page"} */
  readonly source?: string;
}

const METRIC_TYPES = [
  ...(["counter", "gauge", "histogram", "summary", "untyped"] as const),
  ...(["unknown", "info", "stateset", "gaugehistogram"] as const),
];
const DESCRIPTION = /^#[ \t]+(TYPE|HELP|UNIT)[ \t]+([a-zA-Z_:][\w:]*)(?:[ \t]+(.*))?$/s;
const SUFFIXES = ["_bucket", "_sum", "_count", "_created", "_total"];
const LONGEST_LINE = 1_000_000;

/**
 * Reads a page without holding it.
 * @throws {ProbeError} If a line is malformed; the message names it.
 */
export async function readExposition(
  chunks: AsyncIterable<Uint8Array>,
  options: ExpositionOptions = {},
): Promise<Exposition> {
  const page = new Page(options);
  const decoder = new TextDecoder();
  for await (const chunk of chunks) page.add(decoder.decode(chunk, { stream: true }));
  page.add(decoder.decode());
  return page.end();
}

/** What has arrived of a page. */
class Page {
  readonly #samples: Sample[] = [];
  readonly #families = new Map<string, MetricFamily>();
  readonly #verdicts = new Map<string, boolean>();
  readonly #wanted: ReadonlySet<string> | undefined;
  readonly #openMetrics: boolean;
  readonly #source: string;
  #lineCount = 0;
  #rest = "";
  #ended = false;

  constructor({ wanted, openMetrics = false, source = "the page" }: ExpositionOptions) {
    this.#wanted = wanted;
    this.#openMetrics = openMetrics;
    this.#source = source;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#read(line.trim());
    if (this.#rest.length > LONGEST_LINE) this.#read(this.#rest);
  }

  end(): Exposition {
    if (this.#rest) this.#read(this.#rest.trim());
    if (this.#openMetrics && !this.#ended) {
      throw new ProbeError(`Cannot read ${this.#source}: it ends after line ${this.#lineCount}, expected "# EOF"`);
    }
    return { samples: this.#samples, families: this.#families };
  }

  #read(line: string): void {
    this.#lineCount++;
    if (line.length > LONGEST_LINE) throw this.#refusal(line, `at most ${LONGEST_LINE} characters`);
    if (this.#ended && line) throw this.#refusal(line, 'nothing after "# EOF"');
    if (line.startsWith("#")) this.#readComment(line);
    else if (line) this.#readSample(line);
  }

  #readSample(line: string): void {
    const isWanted = this.#wants(line.slice(0, line.search(/[{\s]|$/)));
    const sample = isWanted ? readSampleLine(detached(line), this.#openMetrics ? 1000 : 1) : undefined;
    if (sample) this.#samples.push(sample);
    else if (isWanted || !isSampleLine(line)) throw this.#refusal(line, '"name{label="value"} number"');
  }

  #readComment(line: string): void {
    if (this.#openMetrics && line === "# EOF") this.#ended = true;
    const [, keyword, name = "", text = ""] = DESCRIPTION.exec(detached(line)) ?? [];
    if (!keyword || !this.#wantsFamily(name)) return;
    const type = METRIC_TYPES.find((known) => known === text);
    if (keyword === "TYPE" && !type) throw this.#refusal(line, `one of ${METRIC_TYPES.join(", ")}`);
    this.#families.set(name, {
      ...this.#families.get(name),
      ...(keyword === "TYPE" && type && { type }),
      ...(keyword === "HELP" && { help: unescapeText(text) }),
      ...(keyword === "UNIT" && { unit: text }),
    });
  }

  #wants(name: string): boolean {
    if (!this.#wanted) return true;
    const known = this.#verdicts.get(name);
    if (known !== undefined) return known;
    const suffix = SUFFIXES.find((suffix) => name.endsWith(suffix)) ?? "";
    const verdict = this.#wanted.has(name) || this.#wanted.has(name.slice(0, name.length - suffix.length));
    this.#verdicts.set(name, verdict);
    return verdict;
  }

  #wantsFamily(name: string): boolean {
    return this.#wants(name) || SUFFIXES.some((suffix) => this.#wants(name + suffix));
  }

  #refusal(line: string, wanted: string): ProbeError {
    return new ProbeError(
      `Cannot read line ${this.#lineCount} of ${this.#source}: "${excerptOf(line)}", expected ${wanted}`,
    );
  }
}

/** A copy that does not keep the chunk alive which the text is cut from: samples are remembered for long. */
function detached(text: string): string {
  return Buffer.from(text).toString();
}
