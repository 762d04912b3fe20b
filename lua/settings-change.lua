-- Changes shared settings under one new version and announces it.
-- KEYS[1] hash of the settings
-- ARGV[1] channel, ARGV[2] newest version that the caller knows, ARGV[3] "store" or "announce", then names and values;
-- an empty value deletes. Returns the version before and the version of this change.
local previous = redis.call('HGET', KEYS[1], 'version') or '0'
local time = redis.call('TIME')
-- By Redis time, so that versions still rise after Redis lost its data; never below what a node knows.
local version = math.max(time[1] * 1000000 + time[2], previous + 1, ARGV[2] + 1)
version = string.format('%.0f', version)
local changes = {}
for i = 4, #ARGV, 2 do
  changes[#changes + 1] = { ARGV[i], version .. ':' .. ARGV[i + 1] }
  if ARGV[3] == 'store' then
    redis.call('HSET', KEYS[1], ARGV[i], version .. ':' .. ARGV[i + 1])
  end
end
redis.call('HSET', KEYS[1], 'version', version)
redis.call('PUBLISH', ARGV[1], cjson.encode({ previous = previous, version = version, changes = changes }))
return { previous, version }
