/** What a driver is: it runs deployments of one kind, such as processes of this machine. */

import type { ComponentId } from "../core/words/ids.ts";
import type { Deployment } from "./deployment.ts";
import type { Recipe } from "./recipe.ts";

/**
 * Why a deployment cannot be used: its supervisor died, it is held elsewhere, an older version made it, or what is in its
 * place is not ours.
 */
export type UnusableState = "dead" | "elsewhere" | "older" | "foreign";

/** A deployment that cannot be used, or a folder in the place of one. */
export interface Unusable {
  readonly name: string;
  readonly state: UnusableState;
  /** A sentence, with the command that ends it where there is one. */
  readonly why: string;
  readonly command?: string;
}

/** Everything that was brought up in a home. */
export interface Survey {
  /** By name. */
  readonly running: readonly Deployment[];
  /** By name, too; what is foreign is not among them. */
  readonly unusable: readonly Unusable[];
}

/** What there is of one name; nothing where it is down, or never was up. */
export interface Found {
  readonly running?: Deployment;
  readonly unusable?: Unusable;
}

/** What is brought up, and where. */
export interface UpOrder {
  readonly home: string;
  /** Name of the instance. @default the recipe's subject */
  readonly name?: string;
  readonly recipe: Recipe;
  /** It ends with this process, however that ends, and its home with it. @default {false} */
  readonly throwaway?: boolean;
  /** A person says that nobody holds it any more, wherever it seems to be held. @default {false} */
  readonly takeOver?: boolean;
}

/** What happens meanwhile. */
export interface UpOptions {
  /** Takes all of it down again if it aborts before everything is ready. */
  readonly signal: AbortSignal;
  /** Called when a component answers. */
  readonly onReady?: (id: ComponentId) => void;
}

/** How a deployment is ended. */
export interface EndOptions {
  /** A person says that nobody holds it any more, wherever it seems to be held. */
  readonly takeOver: boolean;
}

/** Runs deployments. Looking ends nothing and removes nothing. */
export interface Driver {
  /** Whether a recipe says how to run it here. */
  runs(recipe: Recipe): boolean;
  /**
   * What there is of that name. What another driver made is `foreign`.
   * @throws {InvalidInputError} If it cannot be a name.
   */
  find(home: string, name: string): Promise<Found>;
  survey(home: string): Promise<Survey>;
  /**
   * Starts a deployment that outlives this process, unless it is to be thrown away.
   * @throws {Error} If the name is in use, a program is missing or something does not start.
   */
  up(order: UpOrder, options: UpOptions): Promise<Deployment>;
  /**
   * Ends a deployment, or what is left of one.
   * @throws {Error} If it is held elsewhere, or is not ours.
   */
  end(home: string, name: string, options: EndOptions): Promise<void>;
}
