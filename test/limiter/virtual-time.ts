/** Scripts under test in virtual time: TIME and the expiry of keys follow the last argument of each call, in microseconds. */

import type { Redis } from "ioredis";
import { callScript, defineScript, type Script, type ScriptCall } from "../../src/limiter/decide/redis/scripts.ts";

/** Stands between a script and Redis: keeps when each key expires in a key beside it, and deletes what has expired before it is touched. */
const VIRTUAL = `
local real, clock = redis, tonumber(table.remove(ARGV))
local function expiryOf(key) return 'expiry of ' .. key end
local function expireAt(key, milliseconds)
  if tonumber(milliseconds) <= 0 then error('Cannot set an expiry in the past') end
  real.call('SET', expiryOf(key), string.format('%.0f', clock + milliseconds * 1000))
end
local function virtual(run)
  return function(command, key, ...)
    if command == 'TIME' then
      return { string.format('%.0f', math.floor(clock / 1000000)), string.format('%.0f', clock % 1000000) }
    end
    local expiry = real.call('GET', expiryOf(key))
    if expiry and tonumber(expiry) < clock then real.call('DEL', key, expiryOf(key)) end
    if command == 'RENAME' then
      real.call('RENAME', expiryOf(key), expiryOf((...)))
      return run('RENAME', key, (...))
    end
    if command == 'SET' then
      local value, _, milliseconds = ...
      expireAt(key, milliseconds)
      return run('SET', key, value)
    end
    if command == 'PEXPIRE' then return expireAt(key, (...)) end
    return run(command, key, ...)
  end
end
local redis = { call = virtual(real.call), pcall = virtual(real.pcall) }
`;

/** The script in virtual time. */
export function inVirtualTime({ source }: Script): Script {
  return defineScript(`${VIRTUAL}${source}`);
}

/** Calls such a script at a time in microseconds. */
export function callAt(client: Redis, script: Script, call: ScriptCall & { readonly atUs: number }) {
  return callScript(client, script, { keys: call.keys, args: [...call.args, call.atUs] });
}

/** Deletes keys with what is kept beside them. */
export async function deleteVirtual(client: Redis, keys: readonly string[]): Promise<void> {
  await client.unlink(...keys.flatMap((key) => [key, `expiry of ${key}`]));
}
