-- Changes shared settings under one new version and announces it.
-- KEYS[1] hash of the settings
-- ARGV[1] channel, ARGV[2] newest version that the caller knows, ARGV[3] "store" or "announce", then names and values;
-- an empty value deletes. Returns the version before, the version of this change, and why it could not be announced, or ''.
-- All that is written is written by one command, after everything that can fail: only the announcement comes later, and
-- without it the poll of the nodes finds the change.
local previous = redis.call('HGET', KEYS[1], 'version') or '0'
-- What no clock reaches is no version: the nodes read everything after it.
if not string.match(previous, '^%d+$') or tonumber(previous) > 8e15 then
  previous = '0'
end
local time = redis.call('TIME')
-- By Redis time, so that versions still rise after Redis lost its data; never below what a node knows.
local version = string.format('%.0f', math.max(time[1] * 1000000 + time[2], previous + 1, ARGV[2] + 1))
local changes = {}
local fields = { 'version', version }
for i = 4, #ARGV, 2 do
  local entry = version .. ':' .. ARGV[i + 1]
  changes[#changes + 1] = { ARGV[i], entry }
  if ARGV[3] == 'store' then
    fields[#fields + 1] = ARGV[i]
    fields[#fields + 1] = entry
  end
end
local message = cjson.encode({ previous = previous, version = version, changes = changes })
redis.call('HSET', KEYS[1], unpack(fields))
local told = redis.pcall('PUBLISH', ARGV[1], message)
return { previous, version, type(told) == 'table' and told.err or '' }
