-- Gives back what Redis lost: each entry is written only where there is none or an older one.
-- KEYS[1] hash of the settings
-- ARGV names and entries `version:value`. Returns how many were written.
local function version_of(entry)
  return entry and tonumber(string.match(entry, '^%d+')) or 0
end

local written = 0
local newest = tonumber(redis.call('HGET', KEYS[1], 'version') or 0)
for i = 1, #ARGV, 2 do
  if version_of(redis.call('HGET', KEYS[1], ARGV[i])) < version_of(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    newest = math.max(newest, version_of(ARGV[i + 1]))
    written = written + 1
  end
end
if written > 0 then
  redis.call('HSET', KEYS[1], 'version', string.format('%.0f', newest + 1))
end
return written
