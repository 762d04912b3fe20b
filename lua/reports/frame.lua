--[[
Takes over what a node admitted alone, after the declarations of the algorithm. A check that costs nothing opens the
counter; `merge` of the algorithm adds to it.

KEYS  one name of counters
ARGV  limit, window in microseconds, then time in microseconds and units for each group of units, oldest first
Reply the units taken over, as a double

Units count from their own time, never later than now. Those that are older than a window or the last reset do not
count. Where there are more than the limit in all, the newest count.
]]

limit, window, cost = ARGV[1] + 0, ARGV[2] + 0, 0
key, isNone = KEYS[1], false
local since
--- ask ---
while not isDecided do
  isDecided, isFull = true, false
  retry, count, more, reset = 0, 0, 0, 0
  --- open ---
  if isFull then return pack('<d', 0) end
  if not since then since = epoch <= clock and math.max(epoch, clock - window) or clock - window end
  --- decide ---
end

local reported, taken = {}, 0
for i = 3, #ARGV, 2 do
  local at, units = math.min(ARGV[i] + 0, clock), ARGV[i + 1] + 0
  if at >= since then
    reported[#reported + 1] = { at = at, units = units }
    taken = taken + units
  end
end
if taken > 0 then
  --- merge ---
end
return pack('<d', taken)
