/** An instance of the toy that is open, with a database of its own. */

import { systemClock } from "../../src/io/clock.ts";
import { scratchDatabase } from "../../src/runtime/scratch-database.ts";
import { type OpenSubject, openSubject } from "../../src/runtime/subjects/open-subject.ts";
import { Endpoints } from "../toy/endpoints.ts";
import { toy } from "../toy/subject/mod.ts";

/** The toy, open. */
export interface ToyInstance extends AsyncDisposable {
  readonly endpoints: Endpoints;
  readonly opened: OpenSubject;
}

/** Opens it; nothing of it is left when it is disposed. */
export async function openToy(): Promise<ToyInstance> {
  await using stack = new AsyncDisposableStack();
  const endpoints = stack.use(new Endpoints(3));
  const { database } = stack.use(scratchDatabase());
  const target = { subject: toy, name: "test", configured: toy.configure(endpoints.config) };
  const opened = stack.use(await openSubject(target, { database, clock: systemClock }));
  const owned = stack.move();
  return { endpoints, opened, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
