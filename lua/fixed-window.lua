--[[
Fixed window: counts in windows that begin at multiples of the window's length, all at once free again.
Error: up to twice the limit in one window's length, half of it just before such a border and half just after.

State after the header, F: units. `newest` is the number of the window they were taken in.
A clock stepped back takes what was counted along while the window it was counted in lasts.
A counter expires a second after its window's end.
]]

local number, ends

local function ask()
  number = floor(clock / window)
  ends = (number + 1) * window - clock
end

local function decide(name)
  local key, value, kind = fetch(name, '840')
  local count = 0
  if kind == 'F' and clock < (newest + 1) * window then
    count = unpack('<d', value, BODY)
    if clock < newest * window then epoch = clock end
  end
  local more = count > 0 and ends or 0
  if count + cost > limit then return cost > limit and window or ends, count, more, more end
  if cost == 0 then return 0, count, more, more end
  newest = number
  call('SET', key, header('F') .. pack('<d', count + cost), 'PX', expiry(ends))
  return 0, count + cost, ends, ends
end
