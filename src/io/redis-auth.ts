/** Refusals of AUTH that ioredis passes over and advises its programmer about, on the console. */

import { Redis } from "ioredis";

/** Takes a password that Redis does not require for accepted, as HELLO does, and a user name that it does not know for refused. */
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
