--[[
Generic cell rate algorithm: a bucket that holds `limit` units and drains evenly, all of it in one window.
Error: up to twice the limit less one in one window's length, a whole bucket at once and then what has drained.

State after the header, G: microseconds until the bucket is drained, at `newest`, a time in microseconds.
Another limit takes the units in the bucket along, in a new epoch, since they drain at another rate. A clock stepped
back drains nothing.
A counter expires a second after it is drained, and not within a window of its epoch.
]]

local max = math.max

local interval -- microseconds in which one unit drains

local function ask()
  interval = window / limit
end

local function decide(name)
  local key, value, kind, limitThen = fetch(name, '840')
  local full = 0
  if kind == 'G' then
    full = unpack('<d', value, BODY)
    if clock < newest or limitThen ~= limit then epoch = clock end
    full = max(0, full - max(0, clock - newest)) / (window / limitThen) * interval
  end
  -- A thousandth of a unit is the error of the arithmetic.
  local count = max(0, ceil(full / interval - 0.001))
  local more = count > 0 and ceil(full - (count - 1) * interval) or 0
  local filled = full + cost * interval
  if filled > window + interval / 1000 then
    return cost > limit and window or ceil(filled - window), count, more, ceil(full)
  end
  if cost == 0 then return 0, count, more, ceil(full) end
  newest = clock
  call('SET', key, header('G') .. pack('<d', filled), 'PX', expiry(max(filled, epoch + window - clock)))
  return 0, ceil(filled / interval - 0.001), count > 0 and more or ceil(interval), ceil(filled)
end
