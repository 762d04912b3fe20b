/** The interface of drivers, each of which runs deployments of one kind, such as processes of this machine. */

import type { ComponentId } from "../core/words/ids.ts";
import type { Deployment } from "./deployment.ts";
import type { Recipe } from "./recipe.ts";

/**
 * Why a deployment cannot be used: its supervisor died, it is held elsewhere, an older version made it, or the folder
 * is not a deployment of operator.
 */
export type UnusableState = "dead" | "elsewhere" | "older" | "foreign";

/** A deployment that cannot be used, or a folder in the place of one. */
export interface Unusable {
  readonly name: string;
  readonly state: UnusableState;
  /** A sentence, with the command that resolves it, if there is one. */
  readonly why: string;
  readonly command?: string;
}

/** Everything that was brought up in a home. */
export interface Survey {
  /** By name. */
  readonly running: readonly Deployment[];
  /** By name, too; without foreign folders. */
  readonly unusable: readonly Unusable[];
}

/** The deployment of one name; empty if it is down, or never was up. */
export interface Found {
  readonly running?: Deployment;
  readonly unusable?: Unusable;
}

/** What to bring up, and where. */
export interface UpOrder {
  readonly home: string;
  /** Name of the instance. @default the recipe's subject */
  readonly name?: string;
  readonly recipe: Recipe;
  /** Whether it ends with this process, however that ends, and its home with it. @default {false} */
  readonly throwaway?: boolean;
  /** Whether to take it over, since a person says that no other machine or container holds it any more. @default {false} */
  readonly takeOver?: boolean;
}

/** Callbacks and cancellation while it comes up. */
export interface UpOptions {
  /** Takes all of it down again if it aborts before everything is ready. */
  readonly signal: AbortSignal;
  /** Called when a component answers. */
  readonly onReady?: (id: ComponentId) => void;
}

/** Options for ending a deployment. */
export interface EndOptions {
  /** Whether to take it over, since a person says that no other machine or container holds it any more. */
  readonly takeOver: boolean;
}

/** Runs deployments. Looking at one never ends or removes anything. */
export interface Driver {
  /** Whether this driver can run a recipe here. */
  runs(recipe: Recipe): boolean;
  /**
   * The deployment of that name. One made by another driver is `foreign`.
   * @throws {InvalidInputError} If it cannot be a name.
   */
  find(home: string, name: string): Promise<Found>;
  survey(home: string): Promise<Survey>;
  /**
   * Starts a deployment that outlives this process, unless it is temporary.
   * @throws {Error} If the name is in use, a program is missing or something does not start.
   */
  up(order: UpOrder, options: UpOptions): Promise<Deployment>;
  /**
   * Ends a deployment, or what is left of one.
   * @throws {Error} If it is held elsewhere, or is not ours.
   */
  end(home: string, name: string, options: EndOptions): Promise<void>;
}
