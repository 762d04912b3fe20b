/**
 * Proves over-admission from clients' answers. An admission was decided at some instant between the sending of its
 * request and the arrival of its answer. If the admissions whose send and receive *both* lie within one window length
 * come to more than the limit, then so do the decisions, whenever they were made: a correct limiter is never accused.
 * The reverse does not hold: admissions across the edge of a window or without an answer are not counted.
 *
 * Answers cannot show two things. A key's limit or window may change: then the largest limit and the
 * shortest window among the admissions compared are used. A counter may be reset, or lost with the Redis that held it:
 * that allows more than the limit, and is reported as an excess.
 */

/** One answer that admitted. Times are milliseconds by the client's monotonic clock. */
export interface Admission {
  readonly sentMs: number;
  readonly receivedMs: number;
  readonly units: number;
  readonly limit: number;
  /** Milliseconds; never longer than the window that the limiter used. */
  readonly windowMs: number;
}

/** The largest proven excess of one key. */
export interface Offence {
  readonly key: number;
  /** Minimum of units admitted within one window. */
  readonly units: number;
  readonly limit: number;
  /** Milliseconds. */
  readonly windowMs: number;
}

/** How much faster the limiter's clock may run than the client's; slewed clocks stay well below. */
const CLOCK_RATE_MARGIN = 0.001;

/** Maximum of admissions kept; beyond it each key drops its oldest, which can only hide an excess. */
const DEFAULT_CAPACITY = 2_000_000;

/** Judges the admissions of all keys. Answers must be noted in the order in which they arrived. */
export class OverAdmissionCheck {
  readonly #keys = new Map<number, KeyWindow>();
  readonly #offences = new Map<number, Offence>();
  readonly #capacity: number;
  #held = 0;
  #noted = 0;
  #forgotten = 0;

  constructor(capacity = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
  }

  /** Admissions that were judged. */
  get noted(): number {
    return this.#noted;
  }

  /** Admissions that were dropped too early for lack of space. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Keys that were admitted at least once. */
  get keys(): number {
    return this.#keys.size;
  }

  /** The largest proven excess of each key, largest first. */
  get offences(): readonly Offence[] {
    return [...this.#offences.values()].toSorted((a, b) => b.units / b.limit - a.units / a.limit);
  }

  /** Records one admission. */
  note(key: number, admission: Admission): void {
    const window = this.#windowOf(key);
    this.#noted += 1;
    this.#held -= window.length;
    window.add(admission);
    if (this.#held + window.length > this.#capacity && window.length > 0) {
      window.forgetOldest();
      this.#forgotten += 1;
    }
    this.#held += window.length;
    const { units, limit, windowMs } = window;
    if (units > limit && units > (this.#offences.get(key)?.units ?? 0)) {
      this.#offences.set(key, { key, units, limit, windowMs });
    }
  }

  #windowOf(key: number): KeyWindow {
    const known = this.#keys.get(key);
    if (known) return known;
    const window = new KeyWindow();
    this.#keys.set(key, window);
    return window;
  }
}

/** The admissions of one key that lie within the window that ends with the last answer. */
class KeyWindow {
  /** Send times, earliest first, and the units of each. */
  readonly #sentMs: number[] = [];
  readonly #units: number[] = [];
  #head = 0;
  units = 0;
  limit = 0;
  windowMs = Number.POSITIVE_INFINITY;

  get length(): number {
    return this.#sentMs.length - this.#head;
  }

  add({ sentMs, receivedMs, units, limit, windowMs }: Admission): void {
    this.#forgetBefore(receivedMs - Math.min(windowMs, this.windowMs) * (1 - CLOCK_RATE_MARGIN));
    const empty = this.length === 0;
    this.limit = empty ? limit : Math.max(limit, this.limit);
    this.windowMs = empty ? windowMs : Math.min(windowMs, this.windowMs);
    if (sentMs > receivedMs - this.windowMs * (1 - CLOCK_RATE_MARGIN)) this.#insert(sentMs, units);
  }

  forgetOldest(): void {
    this.units -= this.#units[this.#head] ?? 0;
    this.#head += 1;
  }

  /** Answers arrive out of order, but rarely by much. */
  #insert(sentMs: number, units: number): void {
    let at = this.#sentMs.length;
    while (at > this.#head && (this.#sentMs[at - 1] ?? 0) > sentMs) at -= 1;
    if (at === this.#sentMs.length) {
      this.#sentMs.push(sentMs);
      this.#units.push(units);
    } else {
      this.#sentMs.splice(at, 0, sentMs);
      this.#units.splice(at, 0, units);
    }
    this.units += units;
  }

  #forgetBefore(timeMs: number): void {
    while (this.length > 0 && (this.#sentMs[this.#head] ?? 0) <= timeMs) this.forgetOldest();
    if (this.#head === 0 || this.#head * 2 < this.#sentMs.length) return;
    this.#sentMs.splice(0, this.#head);
    this.#units.splice(0, this.#head);
    this.#head = 0;
  }
}
