--[[
Sliding counter: two fixed windows, the previous one weighed by how much of it the sliding window still covers.
Error: as if the previous window's units had been spread evenly over it. With even traffic up to a twentieth over the
limit, with bursts a third, and up to twice the limit where all of it came at that window's end.

State after the header, C: units of the previous and of the current window. `newest` is the number of the current one.
A clock stepped back takes all of it along as taken now.
A counter expires a second after the end of the window that follows its current one.
]]

local max = math.max

local number, elapsed

local function ask()
  number = floor(clock / window)
  elapsed = clock - number * window
end

-- Units of both windows as they stand now.
local function windows(value, kind)
  if kind ~= 'C' then return 0, 0 end
  local previous, current = unpack('<dd', value, BODY)
  if number < newest then
    epoch = clock
    return 0, previous + current
  end
  if number > newest then return number == newest + 1 and current or 0, 0 end
  return previous, current
end

-- Microseconds until that many units or fewer count.
local function falls(previous, current, units)
  if current <= units then return max(0, ceil(window * (1 - (units - current) / previous)) - elapsed) end
  return window - elapsed + ceil(window * (1 - units / current))
end

local function decide(name)
  local key, value, kind = fetch(name, '840')
  local previous, current = windows(value, kind)
  local used = previous * (window - elapsed) / window + current
  local count = ceil(used)
  local more = count > 0 and falls(previous, current, count - 1) or 0
  local reset = used == 0 and 0 or current > 0 and 2 * window - elapsed or window - elapsed
  if used + cost > limit then
    return cost > limit and window or max(1, falls(previous, current, limit - cost)), count, more, reset
  end
  if cost == 0 then return 0, count, more, reset end
  newest, current = number, current + cost
  reset = 2 * window - elapsed
  call('SET', key, header('C') .. pack('<dd', previous, current), 'PX', expiry(reset))
  return 0, ceil(used + cost), falls(previous, current, ceil(used + cost) - 1), reset
end
