/** Streaming parser of the Prometheus text format and of OpenMetrics. */

import { ProbeError } from "../core/text/errors.ts";
import { excerptOf } from "../core/text/excerpt.ts";
import { readQuoted, readSampleLine, type Sample, unescapeText } from "./sample-line.ts";

/** The type of a metric, from its `TYPE` line. */
export type MetricType = (typeof METRIC_TYPES)[number];

/** What a page contains on a metric besides its samples. */
export interface MetricFamily {
  readonly type?: MetricType;
  readonly help?: string;
  readonly unit?: string;
}

/** Lines that are neither samples nor comments. */
export interface OddLines {
  readonly count: number;
  /** The error in the first of them, in one sentence; absent without errors. */
  readonly first?: string;
}

/** The wanted metrics of a page, in its order. */
export interface Exposition {
  readonly samples: readonly Sample[];
  readonly families: ReadonlyMap<string, MetricFamily>;
  /** Lines that were skipped; other lines are not affected. */
  readonly odd: OddLines;
}

/** How a page is to be read. */
export interface ExpositionOptions {
  /** Names of samples (`x_bucket`) or of their metrics (`x`); lines of others are passed over unread. @default everything */
  readonly wanted?: ReadonlySet<string>;
  /** Whether the page states times in seconds and must end with `# EOF`. @default {false} */
  readonly openMetrics?: boolean;
  /** Name of the page in messages. @default {"the page"} */
  readonly source?: string;
}

const METRIC_TYPES = [
  ...(["counter", "gauge", "histogram", "summary", "untyped"] as const),
  ...(["unknown", "info", "stateset", "gaugehistogram"] as const),
];
const DESCRIPTION = /^#[ \t]+(TYPE|HELP|UNIT)[ \t]+(?=["a-zA-Z_:])/;
const NAME = /^[a-zA-Z_:][\w:]*/;
const NAME_END = /[{\s]|$/;
const SUFFIXES = ["_bucket", "_sum", "_count", "_created", "_total"];
const LONGEST_LINE = 1_000_000;
/** Names kept in the cache before it is cleared. */
const MOST_NAMES = 10_000;

/**
 * Reads a page without holding it.
 * @throws {ProbeError} If it has malformed lines and no sample, or an OpenMetrics page is truncated.
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
  readonly #verdicts: Verdicts | undefined;
  readonly #openMetrics: boolean;
  readonly #source: string;
  #odd: OddLines = { count: 0 };
  #lineCount = 0;
  #rest = "";
  /** Whether the rest of an overlong line is being skipped. */
  #isSkipping = false;
  /** Whether a sample was found: before that, unwanted lines are parsed, too, since this may not be a metrics page. */
  #isPage = false;
  #ended = false;
  /** The name of the line before and whether it is wanted: a page has all lines of a metric together. */
  #last = { name: " ", isWanted: false };

  constructor({ wanted, openMetrics = false, source = "the page" }: ExpositionOptions) {
    this.#verdicts = wanted && verdictsOf(wanted);
    this.#openMetrics = openMetrics;
    this.#source = source;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#read(line.trim());
    if (this.#rest.length > LONGEST_LINE) this.#skip();
  }

  end(): Exposition {
    if (this.#rest) this.#read(this.#rest.trim());
    if (!this.#isPage && this.#odd.first !== undefined) throw new ProbeError(this.#odd.first);
    if (this.#openMetrics && !this.#ended) {
      throw new ProbeError(`Cannot read ${this.#source}: it ends after line ${this.#lineCount}, expected "# EOF"`);
    }
    return { samples: this.#samples, families: this.#families, odd: this.#odd };
  }

  #read(line: string): void {
    if (this.#isSkipping) {
      this.#isSkipping = false;
      return;
    }
    this.#lineCount++;
    if (this.#ended && line) this.#passOver(line, 'nothing after "# EOF"');
    else if (line.startsWith("#")) this.#readComment(line);
    else if (line) this.#readSample(line);
  }

  /** Of an overlong line only the beginning is kept. */
  #skip(): void {
    if (!this.#isSkipping) {
      this.#lineCount++;
      this.#passOver(this.#rest, `at most ${LONGEST_LINE} characters`);
    }
    this.#isSkipping = true;
    this.#rest = "";
  }

  #readSample(line: string): void {
    const isQuoted = line.startsWith("{");
    const isWanted = isQuoted || this.#wantsLine(line);
    if (!isWanted && this.#isPage) return;
    const sample = readSampleLine(detached(line), this.#openMetrics ? 1000 : 1);
    if (!sample) return this.#passOver(line, '"name{label="value"} number"');
    this.#isPage = true;
    if (isQuoted ? this.#wants(sample.name) : isWanted) this.#samples.push(sample);
  }

  #readComment(line: string): void {
    if (this.#openMetrics && line === "# EOF") this.#ended = true;
    const [start, keyword] = DESCRIPTION.exec(line) ?? [];
    if (start === undefined || !keyword) return;
    const quoted = readQuoted(line, start.length);
    const name = quoted?.text ?? NAME.exec(line.slice(start.length))?.[0] ?? "";
    if (!this.#wantsFamily(name)) return;
    const text = detached(line.slice(quoted?.end ?? start.length + name.length).trim());
    const type = METRIC_TYPES.find((known) => known === text);
    if (keyword === "TYPE" && !type) return this.#passOver(line, `one of ${METRIC_TYPES.join(", ")}`);
    const key = detached(name);
    this.#families.set(key, {
      ...this.#families.get(key),
      ...(keyword === "TYPE" && type && { type }),
      ...(keyword === "HELP" && { help: unescapeText(text) }),
      ...(keyword === "UNIT" && { unit: text }),
    });
  }

  #wantsLine(line: string): boolean {
    const { name, isWanted } = this.#last;
    if (line.startsWith(name) && /[{ \t]/.test(line[name.length] ?? "")) return isWanted;
    const next = line.slice(0, line.search(NAME_END));
    // An invalid name is not the name of an unwanted metric.
    this.#last = { name: next, isWanted: this.#wants(next) || !NAME.test(line) };
    return this.#last.isWanted;
  }

  #wants(name: string): boolean {
    return this.#verdicts?.sample(name) ?? true;
  }

  #wantsFamily(name: string): boolean {
    return this.#verdicts?.family(name) ?? true;
  }

  #passOver(line: string, wanted: string): void {
    const { count, first } = this.#odd;
    this.#odd = { count: count + 1, first: first ?? this.#oddity(line, wanted) };
  }

  #oddity(line: string, wanted: string): string {
    return `Cannot read line ${this.#lineCount} of ${this.#source}: "${excerptOf(line)}", expected ${wanted}`;
  }
}

/** Cache of which names are wanted: pages repeat the same names. */
interface Verdicts {
  readonly sample: (name: string) => boolean;
  readonly family: (name: string) => boolean;
}

const verdicts = new WeakMap<ReadonlySet<string>, Verdicts>();

function verdictsOf(wanted: ReadonlySet<string>): Verdicts {
  const known = verdicts.get(wanted);
  if (known) return known;
  const sample = remembered((name) => {
    const suffix = SUFFIXES.find((suffix) => name.endsWith(suffix)) ?? "";
    return wanted.has(name) || wanted.has(name.slice(0, name.length - suffix.length));
  });
  const family = remembered((name) => sample(name) || SUFFIXES.some((suffix) => sample(name + suffix)));
  const own = { sample, family };
  verdicts.set(wanted, own);
  return own;
}

function remembered(decide: (name: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    if (known.size >= MOST_NAMES) known.clear();
    const verdict = decide(name);
    known.set(detached(name), verdict);
    return verdict;
  };
}

/** A copy that does not keep the chunk of the text in memory, since samples are kept for long. */
function detached(text: string): string {
  return Buffer.from(text).toString();
}
