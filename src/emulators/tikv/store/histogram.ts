/** Histograms and counters of a store's page of metrics, in the buckets of TiKV. */

/** Upper bounds that double: `exponential_buckets` of the Prometheus client for Rust. */
export function doubling(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => from * 2 ** index);
}

/** A histogram of one metric and one set of labels. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  /** Notes `times` observations around a value, spread as waiting times are. */
  note(value: number, times: number): void {
    const whole = Math.floor(times) + (Math.random() < times % 1 ? 1 : 0);
    const drawn = Math.min(whole, MOST_DRAWN);
    for (let index = 0; index < drawn; index += 1) {
      const one = value * (0.6 - 0.4 * Math.log(1 - Math.random()));
      const weight = whole / drawn;
      this.#sum += one * weight;
      this.#count += weight;
      const bucket = this.#bounds.findIndex((bound) => one <= bound);
      if (bucket >= 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + weight;
    }
  }

  /** Lines of the page. */
  lines(metric: string, labels: string): readonly string[] {
    let below = 0;
    const rest = labels === "" ? "" : `,${labels}`;
    const buckets = this.#bounds.map((bound, index) => {
      below += this.#counts[index] ?? 0;
      return `${metric}_bucket{le="${bound}"${rest}} ${Math.round(below)}`;
    });
    const own = labels === "" ? "" : `{${labels}}`;
    return [
      ...buckets,
      `${metric}_bucket{le="+Inf"${rest}} ${Math.round(this.#count)}`,
      `${metric}_sum${own} ${this.#sum}`,
      `${metric}_count${own} ${Math.round(this.#count)}`,
    ];
  }
}

/** Observations drawn one by one; more are counted as so many of each. */
const MOST_DRAWN = 200;
