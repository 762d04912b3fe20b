--[[
Fixed window: counts in windows that begin at multiples of the window's length, all at once free again.
Error: up to twice the limit in one window's length, half of it just before such a border and half just after.

State after the header, F: units. `newest` is the number of the window they were taken in.
A clock stepped back takes what was counted along while the window it was counted in lasts.
A counter expires a second after its window's end.
]]

local number, ends, life

--- ask ---

number = floor(clock / window)
ends = (number + 1) * window - clock
life = tostring(ceil(ends / 1000) + 1000)

--- decide ---

if kind == 'F' and #value >= BODY + 7 and clock < (newest + 1) * window then
  count = unpack('<d', value, BODY)
  if clock < newest * window then epoch = clock end
end
if count + cost > limit then
  retry = cost > limit and window or ends
elseif cost > 0 then
  count = count + cost
  call('SET', key, pack('<c1I4dddd', 'F', limit, window, epoch, number, count), 'PX', life)
end
if count > 0 then more, reset = ends, ends end
