/** Finds component and quantity in names such as `checkout_cpu_usage`, although both may hold the separator. */

import { isSignalWord, namedQuantity } from "./names.ts";

/** What the name of a column tells. */
export interface ColumnName {
  readonly component: string;
  readonly metric: string;
}

/** What helps to tell where a component's name ends. */
export interface ColumnHints {
  /** @default {"_"} */
  readonly separator?: string;
  /** Components that are known by other means. */
  readonly components?: ReadonlySet<string>;
}

/**
 * The component and the quantity of each name; `undefined` of a name without a separator. Of several readings that one
 * counts whose halves occur in the most other names: quantities recur from component to component, and components from
 * quantity to quantity.
 */
export function columnNames(
  names: readonly string[],
  { separator = "_", components = new Set() }: ColumnHints = {},
): readonly (ColumnName | undefined)[] {
  const readings = names.map((name) => readingsOf(name, separator));
  const having = { component: new Map<string, number>(), metric: new Map<string, number>() };
  for (const { component, metric } of readings.flat()) {
    having.component.set(component, (having.component.get(component) ?? 0) + 1);
    having.metric.set(metric, (having.metric.get(metric) ?? 0) + 1);
  }
  // Where products are alike, that reading counts whose halves both recur.
  const votesOf = ({ component, metric }: ColumnName): number => {
    const [a, b] = [having.component.get(component) ?? 0, having.metric.get(metric) ?? 0];
    return a * b + Math.min(a, b) / (1 + Math.max(a, b));
  };
  return readings.map((own) => {
    const known = own.filter(({ component }) => components.has(component));
    const plausible = own.filter((one) => isPlausible(one, separator));
    const telling = plausible.filter(({ metric }) => namedQuantity(metric).isKnown);
    const candidates = [known, telling, plausible].find(({ length }) => length > 0) ?? own;
    return candidates.reduce<ColumnName | undefined>(
      (best, one) => (best === undefined || votesOf(one) > votesOf(best) ? one : best),
      undefined,
    );
  });
}

/** Every way to cut a name in two, the shortest component first. */
function readingsOf(name: string, separator: string): readonly ColumnName[] {
  const words = name.split(separator);
  return words.slice(1).flatMap((_, index) => {
    const component = words.slice(0, index + 1).join(separator);
    const metric = words.slice(index + 1).join(separator);
    return component === "" || metric === "" ? [] : [{ component, metric }];
  });
}

/** Behind its first word, no component is called by a signal. */
function isPlausible({ component }: ColumnName, separator: string): boolean {
  return !component
    .split(separator)
    .slice(1)
    .some((word) => isSignalWord(word));
}
