/** What the `claude` engine is set to: which model at which endpoint, and what it costs. */

/** How much a model thinks. */
export const EFFORTS = ["low", "medium", "high", "xhigh", "max"] as const;

/** How much a model thinks. */
export type Effort = (typeof EFFORTS)[number];

/** US dollars per million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

/** What the engine needs to know. */
export interface ClaudeSettings {
  /** Absent where none is set; the engine then refuses to start. */
  readonly apiKey?: string;
  /** @default Anthropic's own endpoint */
  readonly baseUrl?: string;
  readonly model?: string;
  /** @default the model's own */
  readonly effort?: Effort;
  /** @default the known price of the model, or the highest known one */
  readonly price?: Price;
  /** Whether answers are streamed. @default {true} */
  readonly streams?: boolean;
}

/** The endpoint that is asked where none is set. */
export const DEFAULT_BASE_URL = "https://api.anthropic.com";

/** The model that is asked where none is set. */
export const DEFAULT_MODEL = "claude-opus-5-5";

/** Prices by the beginning of a model's name, the longest match counts. */
const PRICES: Readonly<Record<string, Price>> = {
  "claude-fable-5": { input: 10, output: 50 },
  "claude-opus-5-5": { input: 4, output: 20 },
  "claude-opus": { input: 5, output: 25 },
  "claude-sonnet-5-5": { input: 2, output: 10 },
  "claude-sonnet": { input: 3, output: 15 },
  "claude-haiku": { input: 1, output: 5 },
};

/** What writing to the prompt cache and reading from it cost, as a share of the input price. */
const CACHE_WRITE_RATIO = 1.25;
const CACHE_READ_RATIO = 0.1;
const MILLION = 1_000_000;

/** Tokens that one answer came to. */
export interface Usage {
  readonly inputTokens: number;
  readonly cacheWriteTokens: number;
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
}

/** The price of a model: as set, as known, else the highest known one, so that a budget is never overrun unseen. */
export function priceOf({ model = DEFAULT_MODEL, price }: Pick<ClaudeSettings, "model" | "price">): Price {
  if (price) return price;
  const [known] = Object.keys(PRICES)
    .filter((name) => model.startsWith(name))
    .toSorted((a, b) => b.length - a.length);
  return (known !== undefined && PRICES[known]) || highest();
}

/** What tokens cost, in US dollars. */
export function usdOf(
  { inputTokens, cacheWriteTokens, cacheReadTokens, outputTokens }: Usage,
  { input, output }: Price,
): number {
  const read = inputTokens + cacheWriteTokens * CACHE_WRITE_RATIO + cacheReadTokens * CACHE_READ_RATIO;
  return (read * input + outputTokens * output) / MILLION;
}

/** All tokens of an answer. */
export function tokensOf({ inputTokens, cacheWriteTokens, cacheReadTokens, outputTokens }: Usage): number {
  return inputTokens + cacheWriteTokens + cacheReadTokens + outputTokens;
}

function highest(): Price {
  const all = Object.values(PRICES);
  return { input: Math.max(...all.map(({ input }) => input)), output: Math.max(...all.map(({ output }) => output)) };
}
