--[[
Sliding counter: two fixed windows, the previous one weighed by how much of it the sliding window still covers.
Error: as if the previous window's units had been spread evenly over it. With even traffic up to a twentieth over the
limit, with bursts a third, and up to twice the limit where all of it came at that window's end.

State after the header, C: units of the previous and of the current window. `newest` is the number of the current one.
A clock stepped back takes all of it along as taken now.
A counter expires a second after the end of the window that follows its current one.
]]

local number, elapsed, life
local previous, current -- units of both windows

--- ask ---

number = floor(clock / window)
elapsed = clock - number * window
life = tostring(ceil((2 * window - elapsed) / 1000) + 1000)

--- decide ---

previous, current = 0, 0
if kind == 'C' and #value >= BODY + 15 then
  previous, current = unpack('<dd', value, BODY)
  if number < newest then
    previous, current, epoch = 0, previous + current, clock
  elseif number > newest then
    previous, current = number == newest + 1 and current or 0, 0
  end
end
local weighed = previous * (window - elapsed) / window
local fits = limit - cost -- as many units or fewer
if weighed + current > fits then
  if cost > limit then
    retry = window
  elseif current <= fits then
    retry = ceil(window * (1 - (fits - current) / previous)) - elapsed
  else
    retry = window - elapsed + ceil(window * (1 - fits / current))
  end
  if retry < 1 then retry = 1 end
elseif cost > 0 then
  current = current + cost
  call('SET', key, pack('<c1I4ddddd', 'C', limit, window, epoch, number, previous, current), 'PX', life)
end
count = ceil(weighed + current)
if current > 0 then
  reset = 2 * window - elapsed
elseif count > 0 then
  reset = window - elapsed
end
if count > current and count > 0 then
  more = ceil(window * (1 - (count - 1 - current) / previous)) - elapsed
elseif count > 0 then
  more = window - elapsed + ceil(window * (1 - (count - 1) / current))
end
if more < 0 then more = 0 end
