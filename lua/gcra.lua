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
local full, filled -- microseconds until the bucket is drained, without and with the cost

--- ask ---

interval = window / limit

--- decide ---

full = 0
if kind == 'G' and #value >= BODY + 7 then
  full = unpack('<d', value, BODY)
  if clock < newest or limitThen ~= limit then epoch = clock end
  full = max(0, full - max(0, clock - newest)) / (window / limitThen) * interval
  if not (full < 2^53) then full, epoch = 0, 0 end -- no counter
end
filled = full + cost * interval
-- A thousandth of a unit is the error of the arithmetic.
count = max(0, ceil(full / interval - 0.001))
if count > 0 then more = ceil(full - (count - 1) * interval) end
reset = ceil(full)
if filled > window + interval / 1000 then
  retry = cost > limit and window or ceil(filled - window)
elseif cost > 0 then
  if count == 0 then more = ceil(interval) end
  count, reset = ceil(filled / interval - 0.001), ceil(filled)
  local life = ceil(max(filled, epoch + window - clock) / 1000) + 1000
  call('SET', key, pack('<c1I4dddd', 'G', limit, window, epoch, clock, filled), 'PX', life)
end
