--[[
Takes over what a node admitted alone, after the algorithm, which goes before with `merge(key, reported)`.

KEYS  one name of counters
ARGV  limit, window in microseconds, then time in microseconds and units for each group of units, oldest first
Reply the units taken over, as a double

Units count from their own time, never later than now. Those that are older than a window or the last reset do not
count. Where there are more than the limit in all, the newest count.
]]

limit, window, cost = ARGV[1] + 0, ARGV[2] + 0, 0
ask()

isNone, isFull = false, false
if not attempt(fetch, KEYS[1], '840') then return pack('<d', 0) end -- the key has too many windows
local since = clock - window
if epoch <= clock and epoch > since then since = epoch end

local reported, taken = {}, 0
for i = 3, #ARGV, 2 do
  local at, units = math.min(ARGV[i] + 0, clock), ARGV[i + 1] + 0
  if at >= since then
    reported[#reported + 1] = { at = at, units = units }
    taken = taken + units
  end
end
if taken > 0 then
  if not attempt(merge, KEYS[1], reported) then
    isNone = true
    merge(KEYS[1], reported)
  end
end
return pack('<d', taken)
