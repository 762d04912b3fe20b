/** Handles refusals of AUTH that ioredis ignores and prints as advice on the console. */

import { Redis } from "ioredis";

/** Accepts a password that Redis does not require, as HELLO does, and reports an unsupported user name as refused. */
export function quietAuth(): void {
  const auth: unknown = Reflect.get(Redis.prototype, "auth");
  if (typeof auth !== "function") throw new TypeError("Cannot find AUTH in ioredis, expected a method");
  Reflect.set(Redis.prototype, "auth", function (this: Redis, ...args: unknown[]): Promise<unknown> {
    return Promise.resolve(Reflect.apply(auth, this, args)).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : "";
      if (/without any password configured|no password is set/.test(message)) return "OK";
      if (!message.includes("wrong number of arguments for 'auth'")) throw error;
      const refused = new Error("WRONGPASS Redis knows no user names", { cause: error });
      throw Object.assign(refused, { name: "ReplyError" });
    });
  });
}
